#include "runtime/thread.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "runtime/channel.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

Troop& rootTroop() {
  return Process::current()->root();
}

TROOP_TEST(Thread, tenThousandRunAtOnce) {
  // Simulated runs repeat this for each seed.
  const int count = Process::current()->carriers() == 1 ? 500 : 10'000;
  std::atomic<int> started{0};
  Event go;
  {
    Scope scope;
    for (int i = 0; i < count; ++i) {
      scope.thread(
          [](std::atomic<int>* startedCount, Event* gate) {
            ++*startedCount;
            gate->wait();
          },
          assumeSendable(&started), assumeSendable(&go));
    }
    while (started < count) yield();
    EXPECT_EQ(rootTroop().threads(), static_cast<std::size_t>(count) + 1);
    go.set();
  }
  EXPECT_EQ(rootTroop().threads(), 1u);
  EXPECT_EQ(rootTroop().tasks(), 1u);
}

TROOP_TEST(Thread, runsOneOfItsTasksAtATime) {
  const Ref<Thread> service = rootTroop().serviceThread("service");
  int inside = 0, most = 0, unguarded = 0;
  for (int i = 0; i < 50; ++i) {
    service
        ->post(assumeSendable([&] {
          most = std::max(most, ++inside);
          ++unguarded;
          --inside;
          yield();
          ++unguarded;
        }))
        .value();
  }
  service->close();
  EXPECT_TRUE(service->join());
  EXPECT_EQ(most, 1);
  EXPECT_EQ(unguarded, 100);
}

TROOP_TEST(Thread, staysOpenUntilClosedThenRefusesPosts) {
  const Ref<Thread> service = rootTroop().serviceThread("service");
  for (int i = 0; i < 3; ++i) {
    Event done;
    EXPECT_TRUE(service->post(assumeSendable([&] { done.set(); })));
    done.wait();
  }
  service->close();
  service->close();
  EXPECT_TRUE(service->join());
  const Expected<void> refused = service->post([] {});
  ASSERT_TRUE(refused.failed());
  EXPECT_EQ(refused.error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(refused.error().reason(), "Thread 'service' has ended or is closed");
  EXPECT_EQ(refused.error().executed(), Executed::no);
}

TROOP_TEST(Thread, destroysBodiesThatItRefuses) {
  const Ref<Thread> service = rootTroop().serviceThread("service");
  service->close();
  EXPECT_TRUE(service->join());
  const auto owned = std::make_shared<int>(1);
  EXPECT_TRUE(service->post(assumeSendable([owned] {})).failed());
  EXPECT_EQ(owned.use_count(), 1);
}

TROOP_TEST(Thread, letsGoOfWhatItOwnsBeforeItsEndIsKnown) {
  const Ref<Thread> service = rootTroop().serviceThread("service");
  auto object = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = object;
  EXPECT_TRUE(service->own(std::move(object)));
  EXPECT_FALSE(alive.expired());
  service->close();
  EXPECT_TRUE(service->join().succeeded());
  EXPECT_TRUE(alive.expired());
  EXPECT_FALSE(service->own(std::make_shared<int>(2)));
}

// As the object behind a capability, whose destructor is its own business.
TROOP_TEST(Thread, letsWhatItOwnsWaitInItsDestructor) {
  struct Leaves {
    Sender<int> told;
    ~Leaves() {
      for (int i = 0; i < 3; ++i) (void)told.send(i);
    }
  };
  auto [sender, receiver] = channel<int>(1);
  const Ref<Thread> service = rootTroop().serviceThread("service");
  EXPECT_TRUE(service->own(std::make_shared<Leaves>(std::move(sender))));
  service->close();
  int received = 0;
  while (receiver.receive()) ++received;
  EXPECT_EQ(received, 3);
  EXPECT_TRUE(service->join().succeeded());
}

TROOP_TEST(Thread, givesBackWhatItOwnsOnce) {
  const Ref<Thread> service = rootTroop().serviceThread("service");
  const auto object = std::make_shared<int>(1);
  EXPECT_TRUE(service->own(object));
  EXPECT_EQ(service->disown(object.get()), object);
  EXPECT_EQ(service->disown(object.get()), nullptr);
  EXPECT_EQ(object.use_count(), 1);
  service->close();
}

TROOP_TEST(Thread, joinReturnsTheFirstFailure) {
  const Ref<Thread> failing =
      rootTroop().thread({"failing"}, [] { throw std::runtime_error("broken"); });
  const Expected<void> ended = failing->join();
  ASSERT_TRUE(ended.failed());
  EXPECT_EQ(ended.error().kind(), ErrorKind::failed);
  EXPECT_EQ(ended.error().reason(), "broken");
  EXPECT_EQ(failing->join().error().reason(), "broken");
}

TROOP_TEST(Thread, joinWaitsNoLongerThanItsDeadline) {
  Event end;
  const Ref<Thread> slow =
      rootTroop().thread({"slow"}, [](Event* event) { event->wait(); }, assumeSendable(&end));
  EXPECT_EQ(slow->join(after(1ms)).error().detail(), ErrorDetail::deadline);
  end.set();
  EXPECT_TRUE(slow->join());
}

TROOP_TEST(Thread, cannotJoinItself) {
  EXPECT_EQ(Thread::current()->join().error().detail(), ErrorDetail::deadlock);
}

TROOP_TEST(Thread, goesOnWithoutAnybodyHoldingIt) {
  auto [sender, receiver] = channel<int>(1);
  rootTroop().thread(
      {"forgotten"},
      [](Sender<int> out) {
        sleep(1ms);
        out.send(42).value();
      },
      std::move(sender));
  EXPECT_EQ(receiver.receive(), 42);
}

TROOP_TEST(Thread, passesArgumentsAndKeepsItsName) {
  std::string seen;
  const Ref<Thread> named = rootTroop().thread(
      {"named"},
      [](std::string text, std::string* where) { *where = text + Thread::current()->name(); },
      std::string("I am "), assumeSendable(&seen));
  EXPECT_TRUE(named->join());
  EXPECT_EQ(seen, "I am named");
  EXPECT_EQ(&named->troop(), &rootTroop());
}

TROOP_TEST(Thread, keepsWhatItOwnsUntilItHasEnded) {
  const Ref<Thread> service = rootTroop().serviceThread("service");
  const auto kept = std::make_shared<int>(1);
  const auto disowned = std::make_shared<int>(2);
  EXPECT_TRUE(service->own(kept));
  EXPECT_TRUE(service->own(disowned));
  EXPECT_EQ(service->disown(disowned.get()), disowned);
  EXPECT_EQ(service->disown(disowned.get()), nullptr);
  EXPECT_EQ(kept.use_count(), 2);
  service->close();
  EXPECT_TRUE(service->join());
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_FALSE(service->own(kept));
}

TROOP_TEST(Thread, deepChainsOfJoinsEnd) {
  struct Chain {
    static void link(int depth) {
      if (depth == 0) return;
      Scope scope;
      scope.thread(&Chain::link, depth - 1);
    }
  };
  Scope scope;
  scope.thread(&Chain::link, 50);
}

// Not inlined, since compilers keep the address of errno over a wait.
[[gnu::noinline]] int readErrno() {
  return errno;
}
[[gnu::noinline]] void writeErrno(int value) {
  errno = value;
}

// Two of them wake each other, so that each goes on from the other's Task, inside a catch block.
TROOP_TEST(Thread, keepsErrnoAndTheExceptionThatItHandles) {
  auto [there, atThere] = channel<int>(1);
  auto [back, atBack] = channel<int>(1);
  const auto side = [](int number, Sender<int> to, Receiver<int> from) {
    constexpr int rounds = 200;
    try {
      throw number;
    } catch (int) {
      for (int round = 0; round < rounds; ++round) {
        writeErrno(number + round);
        if (number == 1) to.send(round).value();
        EXPECT_EQ(from.receiveUntil(never).value(), round);
        if (number == 2) to.send(round).value();
        EXPECT_EQ(readErrno(), number + round);
        EXPECT_EQ(std::uncaught_exceptions(), 0);
        try {
          throw;
        } catch (int caught) {
          EXPECT_EQ(caught, number);
        }
      }
    }
  };
  Scope scope;
  scope.thread(side, 1, std::move(there), std::move(atBack));
  scope.thread(side, 2, std::move(back), std::move(atThere));
}

// Whoever is woken by one that goes on with another in its place is woken all the same.
TROOP_TEST(Thread, losesNoWakeUpWhileOthersGoOnInItsSlice) {
  constexpr int tokens = 3;
  constexpr int members = 5;
  constexpr int laps = 40;
  Scope scope;
  auto [first, last] = channel<int>(1);
  for (int i = 0; i + 1 < members; ++i) {
    auto [next, afterNext] = channel<int>(1);
    scope.thread(
        [](Receiver<int> from, Sender<int> to) {
          while (std::optional<int> token = from.receive()) {
            if (*token % 2 == 0) yield();
            to.send(*token + 1).value();
          }
        },
        std::move(last), std::move(next));
    last = std::move(afterNext);
  }
  for (int token = 0; token < tokens; ++token) first.send(token * members * laps).value();
  for (int i = 0; i < tokens * laps; ++i) {
    const int token = last.receiveUntil(never).value();
    if (i < tokens * (laps - 1)) first.send(token + 1).value();
  }
  EXPECT_EQ(last.tryReceive().failed(), true);
}

TEST(Thread, takesPostsFromManyOsThreads) {
  Process process({.carriers = 2});
  const Ref<Thread> service = process.root().serviceThread("service");
  int count = 0;
  std::vector<std::thread> osThreads;
  for (int i = 0; i < 4; ++i) {
    osThreads.emplace_back([&] {
      for (int n = 0; n < 500; ++n)
        EXPECT_TRUE(service->post(assumeSendable([&count] { ++count; })));
    });
  }
  for (std::thread& osThread : osThreads) osThread.join();
  service->close();
  EXPECT_TRUE(service->join());
  EXPECT_EQ(count, 2000);
}

TEST(Thread, postsRaceWithItsEnd) {
  Process process({.carriers = 2});
  for (int round = 0; round < 200; ++round) {
    const Ref<Thread> brief = process.root().thread({"brief"}, [] { yield(); });
    std::atomic<int> ran{0};
    int accepted = 0;
    for (; accepted < 50; ++accepted) {
      if (!brief->post(assumeSendable([&ran] { ++ran; }))) break;
    }
    EXPECT_TRUE(brief->join());
    EXPECT_EQ(ran, accepted);
  }
}

}  // namespace
}  // namespace troop
