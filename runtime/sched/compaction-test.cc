// Threads that give their stacks' memory up while they wait for long. Sanitizers' builds let every
// access to such a stack fault.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/sanitizers.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/testing/deep-wait.h"
#include "runtime/troop.h"

namespace troop {
namespace {

using namespace literals;
using tests::waitDeep;

const ThreadOptions compacted{.name = "waits", .parked = Parked::compacted};

// Where Threads are compacted that have waited for a millisecond or two.
void inEachWorld(const std::function<void()>& program) {
  const ProcessOptions options{.compactAfter = 1ms};
  sim::runIn(sim::World::oneCarrier, program, options);
  sim::runIn(sim::World::twoCarriers, program, options);
  sim::runIn(sim::World::simulated, program, options);
}

Troop& here() {
  return Thread::current()->troop();
}
std::size_t compactedNow() {
  return Process::current()->compactedThreads();
}
void awaitCompacted(std::size_t count) {
  while (compactedNow() != count) sleep(1ms);
}

TEST(Compaction, aThreadGoesOnWhereItWasHoweverOftenItIsCompacted) {
  inEachWorld([] {
    auto [sender, receiver] = channel<int>(1);
    auto [answers, answered] = channel<int>(1);
    const Ref<Thread> waits = here().thread(
        compacted,
        [](Receiver<int> in, Sender<int> out) {
          for (int round = 0; round < 3; ++round) {
            int received = 0;
            auto wait = [&] { received = in.receive().value(); };
            const int depth = waitDeep(5, wait);
            out.send(received + depth).value();
          }
        },
        std::move(receiver), std::move(answers));
    for (int round = 0; round < 3; ++round) {
      awaitCompacted(1);
      sender.send(round * 100).value();
      EXPECT_EQ(answered.receive().value(), round * 100 + 6);
    }
    EXPECT_TRUE(waits->join());
    EXPECT_EQ(compactedNow(), 0u);
  });
}

TEST(Compaction, allTasksOfAThreadComeBackWhenOneGoesOn) {
  inEachWorld([] {
    auto [sender, receiver] = channel<int>(1);
    const Ref<Thread> group = here().thread(
        compacted,
        [](Receiver<int> in) {
          int total = 0;  // on this stack, changed by Tasks on others
          Event open;
          Scope scope;
          for (int i = 0; i < 3; ++i) {
            scope.task([&] {
              open.wait();
              ++total;
            });
          }
          total += in.receive().value();
          open.set();
          scope.join();
          EXPECT_EQ(total, 13);
        },
        std::move(receiver));
    awaitCompacted(1);
    sender.send(10).value();
    EXPECT_TRUE(group->join());
  });
}

TEST(Compaction, aDeadlineEndsTheWaitOfACompactedThread) {
  inEachWorld([] {
    const Ref<Thread> waits = here().thread(compacted, [] {
      auto wait = [] { EXPECT_EQ(Event().wait(after(30ms)), WaitResult::timedOut); };
      EXPECT_EQ(waitDeep(3, wait), 4);
    });
    EXPECT_TRUE(waits->join());
  });
}

TEST(Compaction, aKilledTroopUnwindsItsCompactedThreads) {
  inEachWorld([] {
    const Ref<Troop> victim = Process::current()->troop({.name = "victim"});
    std::atomic<int> unwound{0};
    std::vector<Ref<Thread>> threads;
    for (int i = 0; i < 4; ++i) {
      threads.push_back(victim->thread(
          compacted,
          [](std::atomic<int>* count) {
            struct Unwound {
              std::atomic<int>* count;
              ~Unwound() { ++*count; }
            } const mark{count};
            Event().wait();
          },
          assumeSendable(&unwound)));
    }
    awaitCompacted(4);
    victim->kill(Error(ErrorKind::failed, "enough"));
    for (const Ref<Thread>& thread : threads) {
      EXPECT_EQ(thread->join().error().reason(), "enough");
    }
    EXPECT_EQ(unwound, 4);
    EXPECT_EQ(victim->memory()->used(), 0u);
    EXPECT_EQ(compactedNow(), 0u);
  });
}

TEST(Compaction, whoWaitsForThreadsOfItsScopeKeepsItsStack) {
  inEachWorld([] {
    auto [sender, receiver] = channel<int>(1);
    const Ref<Thread> parent = here().thread(
        compacted,
        [](Receiver<int> in) {
          Scope scope;
          scope.thread(
              compacted, [](Receiver<int> from) { EXPECT_EQ(from.receive().value(), 7); },
              std::move(in));
          scope.join();
        },
        std::move(receiver));
    awaitCompacted(1);  // the child
    sleep(20ms);
    EXPECT_EQ(compactedNow(), 1u);
    sender.send(7).value();
    EXPECT_TRUE(parent->join());
  });
}

TEST(Compaction, whoWaitsInProcessRunKeepsItsStack) {
  inEachWorld([] {
    const Ref<Thread> waits = here().thread(compacted, [] {
      const std::string text(100, 'x');
      const std::string longer = Process::current()->run([&text] {
        sleep(20ms);
        EXPECT_EQ(compactedNow(), 0u);
        return text + "!";
      });
      EXPECT_EQ(longer, text + "!");
    });
    EXPECT_TRUE(waits->join());
  });
}

TEST(Compaction, aStackThatIsLentStays) {
  inEachWorld([] {
    Event gone;
    std::atomic<int*> local{nullptr};
    const Ref<Thread> lends = here().thread(
        compacted,
        [](Event* until, std::atomic<int*>* address) {
          int value = 1;
          {
            const StackLent lent;
            address->store(&value);
            until->wait();
          }
          EXPECT_EQ(value, 2);
        },
        assumeSendable(&gone), assumeSendable(&local));
    while (local == nullptr) yield();
    sleep(20ms);
    EXPECT_EQ(compactedNow(), 0u);
    *local.load() = 2;
    gone.set();
    EXPECT_TRUE(lends->join());
  });
}

TEST(Compaction, aThreadThatDidNotAskForItKeepsItsStack) {
  inEachWorld([] {
    Event open;
    const auto wait = [](Event* event) { event->wait(); };
    const Ref<Thread> keeps = here().thread({}, wait, assumeSendable(&open));
    const Ref<Thread> gives = here().thread(compacted, wait, assumeSendable(&open));
    awaitCompacted(1);
    sleep(20ms);
    EXPECT_EQ(compactedNow(), 1u);
    open.set();
    EXPECT_TRUE(keeps->join());
    EXPECT_TRUE(gives->join());
  });
}

TEST(Compaction, aServiceIsPostedToWhileItIsCompacted) {
  inEachWorld([] {
    auto [sender, receiver] = channel<int>(1);
    std::atomic<int> ran{0};
    const Ref<Thread> service = here().thread(
        compacted, [](Receiver<int> in) { EXPECT_EQ(in.receive().value(), 1); },
        std::move(receiver));
    awaitCompacted(1);
    service->post(assumeSendable([&ran] { ++ran; })).value();
    while (ran == 0) yield();
    awaitCompacted(1);
    sender.send(1).value();
    EXPECT_TRUE(service->join());
  });
}

std::size_t manyThreads() {
  if (underSanitizer) return 5'000;  // ThreadSanitizer knows some 8,000 at a time
  const char* asked = std::getenv("TROOP_LONG");
  return asked != nullptr && std::string(asked) == "1" ? 1'000'000 : 20'000;
}

// Each has a stack with a guard of its own.
TEST(Compaction, manyThreadsAreBlockedAtOnceAndWokenAgain) {
  const std::size_t count = manyThreads();
  Process process({.compactAfter = 1ms});
  process.run([count] {
    Event open;
    std::vector<Ref<Thread>> threads;
    for (std::size_t i = 0; i < count; ++i) {
      threads.push_back(
          here().thread(compacted, [](Event* event) { event->wait(); }, assumeSendable(&open)));
    }
    awaitCompacted(count);
    open.set();
    for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
    EXPECT_EQ(compactedNow(), 0u);
  });
}

// Wakes fall on Threads at every moment of being compacted.
TEST(Compaction, wakesRaceWithIt) {
  Process process({.carriers = 2, .compactAfter = 100us});
  auto [sender, receiver] = channel<int>(8);
  std::vector<Ref<Thread>> threads;
  std::atomic<int> sum{0};
  for (int i = 0; i < 8; ++i) {
    threads.push_back(process.root().thread(
        compacted,
        [](Receiver<int> in, std::atomic<int>* total) {
          while (std::optional<int> value = in.receive()) {
            auto wait = [&] { *total += *value; };
            EXPECT_EQ(waitDeep(2, wait), 3);
          }
        },
        receiver, assumeSendable(&sum)));
  }
  receiver = channel<int>(1).second;
  for (int i = 0; i < 400; ++i) {
    sender.send(1).value();
    std::this_thread::sleep_for(std::chrono::microseconds(i % 20 * 100));
  }
  sender = channel<int>(1).first;
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  EXPECT_EQ(sum, 400);
}

}  // namespace
}  // namespace troop
