// Every way to wait, cancelled and killed at every point: each unwinds, runs its destructors, and
// leaves what it waited for as if it had never been there.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/async/future.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

struct Unwound {
  std::atomic<int>& count;
  ~Unwound() { ++count; }
};

// What a wait needs that never comes.
struct Surroundings {
  Event never;
  std::pair<Sender<int>, Receiver<int>> empty = channel<int>(1);
  std::pair<Sender<int>, Receiver<int>> full = channel<int>(1);
  Ref<Thread> endless = Process::current()->root().serviceThread("endless");

  Surroundings() { full.first.send(1).value(); }
  ~Surroundings() { endless->close(); }
};

struct Wait {
  const char* name;
  void (*wait)(Surroundings&);
};

const Wait everyWait[] = {
    {"sleep", [](Surroundings&) { sleep(1h); }},
    {"yielding for ever",
     [](Surroundings&) {
       for (;;) yield();
     }},
    {"an event", [](Surroundings& s) { s.never.wait(); }},
    {"an event with a deadline", [](Surroundings& s) { s.never.wait(after(1h)); }},
    {"a value", [](Surroundings& s) { s.empty.second.receive(); }},
    {"a value until a deadline",
     [](Surroundings& s) { (void)s.empty.second.receiveUntil(after(1h)); }},
    {"room", [](Surroundings& s) { (void)s.full.first.send(2); }},
    {"the end of a Thread", [](Surroundings& s) { (void)s.endless->join(); }},
    {"a scope of Tasks",
     [](Surroundings&) {
       Scope scope;
       scope.task([] { sleep(1h); });
     }},
    {"a scope of Threads",
     [](Surroundings&) {
       Scope scope;
       scope.thread([] { sleep(1h); });
     }},
    {"a scope in a scope",
     [](Surroundings& s) {
       Scope outer;
       outer.task([&s] {
         Scope inner{{.deadline = 1h}};
         inner.task([&s] { s.never.wait(); });
         inner.thread([] { sleep(1h); });
       });
       s.never.wait();
     }},
    {"a pipe that never has to wait",
     [](Surroundings&) {
       auto [sender, receiver] = channel<int>(1);
       for (;;) {
         sender.send(1).value();
         receiver.receive();
       }
     }},
    {"set events for ever",
     [](Surroundings&) {
       Event event;
       event.set();
       for (;;) event.wait();
     }},
};

void expectUntouched(Surroundings& s) {
  // A wait that was left behind would take the value or the place.
  s.empty.first.send(5).value();
  EXPECT_EQ(s.empty.second.tryReceive().value(), 5);
  EXPECT_EQ(s.full.second.tryReceive().value(), 1);
  EXPECT_TRUE(s.full.first.trySend(2));
  s.never.set();
}

TROOP_TEST(Cancellation, endsEveryWait) {
  for (const Wait& wait : everyWait) {
    Surroundings surroundings;
    std::atomic<int> unwound{0};
    int began = 0;
    {
      Scope scope;
      for (int i = 0; i < 2; ++i) {
        scope.task([&] {
          ++began;
          const Unwound mark{unwound};
          wait.wait(surroundings);
        });
      }
      for (std::uintptr_t i = 0; i < 3; ++i) yield();
      scope.cancel();
    }
    EXPECT_EQ(unwound, began);
    expectUntouched(surroundings);
  }
}

TROOP_TEST(Cancellation, endsEveryWaitOfOtherThreads) {
  for (const Wait& wait : everyWait) {
    Surroundings surroundings;
    std::atomic<int> unwound{0}, began{0};
    {
      Scope scope;
      scope.thread(
          [](const Wait* w, Surroundings* s, std::atomic<int>* count,
             std::atomic<int>* beganCount) {
            ++*beganCount;
            const Unwound mark{*count};
            w->wait(*s);
          },
          assumeSendable(&wait), assumeSendable(&surroundings), assumeSendable(&unwound),
          assumeSendable(&began));
      yield();
      scope.cancel();
    }
    EXPECT_EQ(unwound, began);
    expectUntouched(surroundings);
  }
}

TROOP_TEST(Kill, endsEveryWait) {
  for (const Wait& wait : everyWait) {
    Surroundings surroundings;
    std::atomic<int> unwound{0}, began{0};
    const Ref<Troop> victim = Process::current()->troop({.name = "victim"});
    const Ref<Thread> thread = victim->thread(
        {"waits"},
        [](const Wait* w, Surroundings* s, std::atomic<int>* count, std::atomic<int>* beganCount) {
          ++*beganCount;
          const Unwound mark{*count};
          w->wait(*s);
        },
        assumeSendable(&wait), assumeSendable(&surroundings), assumeSendable(&unwound),
        assumeSendable(&began));
    for (int i = 0; i < 3; ++i) yield();
    victim->kill(Error(ErrorKind::failed, "the end"));
    // The second one where it was about to start something in a troop that is dead.
    const std::string reason = thread->join().error().reason();
    EXPECT_TRUE(reason == "the end" || reason == "its troop was killed: the end") << reason;
    EXPECT_EQ(unwound, began);
    EXPECT_EQ(victim->memory()->used(), 0u);
    expectUntouched(surroundings);
  }
}

TROOP_TEST(Cancellation, isThrownAgainAtEachWaitUntilTheTaskEnds) {
  int thrown = 0;
  {
    Scope scope;
    scope.task([&] {
      for (int i = 0; i < 3; ++i) {
        try {
          sleep(1h);
        } catch (const Cancelled&) {
          ++thrown;
        }
      }
    });
    sleep(1ms);
    scope.cancel();
  }
  EXPECT_EQ(thrown, 3);
}

TROOP_TEST(Cancellation, inDestructorsIsAResultAndJoinsStillWait) {
  struct Cleanup {
    bool& cleaned;
    ~Cleanup() {
      Event never;
      EXPECT_EQ(never.wait(), WaitResult::cancelled);
      auto [sender, receiver] = channel<int>(1);
      EXPECT_EQ(receiver.receive(), std::nullopt);
      EXPECT_EQ(receiver.receiveUntil(troop::never).error().detail(), ErrorDetail::cancelled);
      sender.send(1).value();
      EXPECT_EQ(sender.send(2).error().detail(), ErrorDetail::cancelled);
      sleep(1h);
      yield();
      cleaned = true;
    }
  };
  bool cleaned = false;
  bool joined = false;
  {
    Scope scope;
    scope.task([&] {
      Scope inner;
      inner.task([&] {
        const Cleanup cleanup{cleaned};
        sleep(1h);
      });
      struct Joined {
        const bool& cleaned;
        bool& joined;
        ~Joined() { joined = true; }
      } const mark{cleaned, joined};
      inner.join();
    });
    sleep(1ms);
    scope.cancel();
  }
  EXPECT_TRUE(joined);
  EXPECT_TRUE(cleaned);
}

TROOP_TEST(Cancellation, waitNoThrowTellsInstead) {
  WaitResult result = WaitResult::signalled;
  {
    Scope scope;
    scope.task([&]() noexcept {
      Event never;
      result = never.waitNoThrow();
    });
    sleep(1ms);
    scope.cancel();
  }
  EXPECT_EQ(result, WaitResult::cancelled);
}

TROOP_TEST(Cancellation, isAStatusInFunctionsThatMustNotThrow) {
  Surroundings surroundings;
  Event begun;
  bool told = false;
  inScope({}, [&](Scope& scope) {
    scope.task([&]() noexcept {
      Scope inner;
      inner.task([] { sleep(1h); });
      begun.set();
      EXPECT_EQ(inner.joinNoThrow().error().detail(), ErrorDetail::cancelled);
      EXPECT_EQ(sleepNoThrow(1h), WaitResult::cancelled);
      EXPECT_EQ(surroundings.empty.second.receiveNoThrow().error().detail(),
                ErrorDetail::cancelled);
      EXPECT_EQ(surroundings.full.first.sendNoThrow(2).error().detail(), ErrorDetail::cancelled);
      EXPECT_EQ(surroundings.endless->joinNoThrow().error().detail(), ErrorDetail::cancelled);
      EXPECT_EQ(surroundings.never.waitNoThrow(), WaitResult::cancelled);
      auto [resolver, unresolved] = future<int>();
      EXPECT_EQ(unresolved.getNoThrow().error().detail(), ErrorDetail::cancelled);
      told = true;
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_TRUE(told);
  expectUntouched(surroundings);
}

// Everything that waits, where the Task was cancelled and no exception may leave.
void expectToldByResults(Surroundings& s) {
  EXPECT_EQ(s.never.wait(), WaitResult::cancelled);
  EXPECT_EQ(s.empty.second.receive(), std::nullopt);
  EXPECT_EQ(s.empty.second.receiveUntil(after(1h)).error().detail(), ErrorDetail::cancelled);
  EXPECT_EQ(s.full.first.send(2).error().detail(), ErrorDetail::cancelled);
  EXPECT_EQ(s.endless->join().error().detail(), ErrorDetail::cancelled);
  auto [resolver, unresolved] = future<int>();
  EXPECT_EQ(unresolved.get(1h).error().detail(), ErrorDetail::cancelled);
  sleep(1h);
  yield();
  throwIfCancelled();
  Scope scope;
  scope.task([] { ADD_FAILURE() << "it was cancelled before it began"; });
  scope.thread([] { ADD_FAILURE() << "it was cancelled before it began"; });
}

struct TellsAtItsEnd {
  Surroundings& surroundings;
  int& told;
  ~TellsAtItsEnd() {
    const MustNotThrow here;
    expectToldByResults(surroundings);
    ++told;
  }
};

TROOP_TEST(Cancellation, isAStatusWhereverATaskSaysThatItMustNotThrow) {
  Surroundings surroundings;
  int told = 0;
  int begun = 0;
  const Scope* cancels = nullptr;
  const auto begin = [&] {
    ++begun;
    while (!cancels->cancelled()) sleepNoThrow(1ms);
  };
  inScope({}, [&](Scope& scope) {
    cancels = &scope;
    scope.task([&] {  // on the ordinary way out
      const TellsAtItsEnd last{surroundings, told};
      begin();
    });
    scope.task([&]() noexcept {
      const MustNotThrow here;
      begin();
      expectToldByResults(surroundings);
      ++told;
    });
    scope.task([&] {  // where it has been told already
      begin();
      try {
        surroundings.never.wait();
      } catch (const Cancelled&) {
        const TellsAtItsEnd last{surroundings, told};
      }
      EXPECT_THROW(sleep(1h), Cancelled);
    });
    while (begun < 3) yield();
    scope.cancel();
  });
  EXPECT_EQ(told, 3);
  expectUntouched(surroundings);
}

TROOP_TEST(Cancellation, isAStatusInDestructorsOfWhatATaskWasStartedWith) {
  struct Waits {
    Event& never;
    int& told;
    ~Waits() {
      if (never.wait() == WaitResult::cancelled) ++told;
    }
  };
  Event never;
  int told = 0;
  bool begun = false;
  inScope({}, [&](Scope& scope) {
    scope.task([&, waits = std::make_shared<Waits>(never, told)] {
      begun = true;
      while (!scope.cancelled()) sleepNoThrow(1ms);
    });
    while (!begun) yield();
    scope.cancel();
  });
  EXPECT_EQ(told, 1);
}

TROOP_TEST(Kill, isAStatusWhereverATaskSaysThatItMustNotThrow) {
  Surroundings surroundings;
  int told = 0;
  std::atomic<bool> begun{false};
  const Ref<Troop> victim = Process::current()->troop({.name = "victim"});
  const Ref<Thread> thread = victim->thread(
      {},
      [](Surroundings* s, int* count, std::atomic<bool>* started) {
        const TellsAtItsEnd last{*s, *count};
        *started = true;
        while (!Troop::current()->killed()) sleepNoThrow(1ms);
      },
      assumeSendable(&surroundings), assumeSendable(&told), assumeSendable(&begun));
  while (!begun) yield();
  victim->kill(Error(ErrorKind::failed, "the end"));
  (void)thread->join();
  EXPECT_EQ(told, 1);
  expectUntouched(surroundings);
}

TROOP_TEST(Deadline, isAStatusWhereverATaskSaysThatItMustNotThrow) {
  int told = 0;
  try {
    Scope scope{{.deadline = 2ms}};
    scope.task([&] {
      struct Waits {
        int& told;
        ~Waits() {
          const MustNotThrow here;
          Event never;
          EXPECT_EQ(never.wait(), WaitResult::timedOut);
          EXPECT_EQ(never.wait(after(1h)), WaitResult::timedOut);
          sleep(1h);
          ++told;
        }
      } const waits{told};
    });
    scope.join();
  } catch (const Error& error) {  // where it had not begun in time
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
  EXPECT_LE(told, 1);
}

// What Tasks throw in a Scope that is left is told by joinNoThrow() only.
TROOP_TEST(Cancellation, thatMustNotThrowLeavesScopesWithoutWhatFailedInThem) {
  const MustNotThrow here;
  {
    Scope scope;
    scope.task([] { throw Error(ErrorKind::failed, "dropped"); });
  }
  Scope scope;
  scope.task([] { throw Error(ErrorKind::failed, "told"); });
  EXPECT_EQ(scope.joinNoThrow().error().reason(), "told");
}

TROOP_TEST(Cancellation, thatMustNotThrowTellsWhatHappensWithoutItAsWell) {
  auto [sender, receiver] = channel<int>(1);
  EXPECT_TRUE(sender.sendNoThrow(1));
  EXPECT_EQ(sender.sendNoThrow(2, after(1ms)).error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(receiver.receiveNoThrow().value(), 1);
  EXPECT_EQ(receiver.receiveNoThrow(after(1ms)).error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(sleepNoThrow(1ms), WaitResult::signalled);
  const Ref<Thread> thread = Process::current()->root().thread({"ends"}, [] {});
  EXPECT_TRUE(thread->joinNoThrow());
  Scope scope;
  scope.task([] { throw Error(ErrorKind::overloaded, "tired"); });
  EXPECT_EQ(scope.joinNoThrow().error().reason(), "tired");
}

TROOP_TEST(Cancellation, letsAScopeInADestructorJoinWhatItHasStarted) {
  struct Cleanup {
    int& ended;
    ~Cleanup() {
      Scope scope;
      scope.task([&] {
        const Unwind mark{ended};
        sleep(1h);
      });
      scope.thread([] { sleep(1h); });
    }
    struct Unwind {
      int& count;
      ~Unwind() { ++count; }
    };
  };
  int ended = 0;
  bool left = false;
  inScope({}, [&](Scope& scope) {
    Event begun;
    scope.task([&] {
      struct Left {
        bool& flag;
        ~Left() { flag = true; }
      } const mark{left};
      const Cleanup cleanup{ended};
      begun.set();
      sleep(1h);
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_TRUE(left);
  EXPECT_LE(ended, 1);
}

// It finds no reason to stop for a while, which it must not take for granted.
TROOP_TEST(Cancellation, stopsOneThatNeverHasToWaitWhoeverIsCancelledAroundIt) {
  for (int around = 0; around < 3; ++around) {
    int passed = 0;
    inScope({}, [&](Scope& outer) {
      outer.task([&] {
        inScope({}, [&](Scope& middle) {
          middle.task([&] {
            inScope({}, [&](Scope& inner) {
              Scope* const scopes[] = {&outer, &middle, &inner};
              Event set;
              set.set();
              for (;; ++passed) {
                if (passed == 100) scopes[around]->cancel();
                set.wait();
              }
            });
          });
        });
      });
    });
    // The outer one reaches it by way of the Task that opened the middle one.
    if (around > 0) EXPECT_EQ(passed, 100);
  }
}

struct FirstSlice {
  std::atomic<bool> waits{false};
  std::atomic<bool> isToStop{false};
};

// Two Tasks of a Thread: one waits for what never comes, the other one has the slice to itself
// until both are to stop, and goes on until the first has.
void waitBesideOneThatGoesOn(FirstSlice* slice) {
  bool ended = false;
  Scope tasks;
  tasks.task([&] {
    slice->waits = true;
    try {
      Event().wait();
    } catch (const Cancelled&) {
      ended = true;
    }
  });
  while (!slice->waits) yield();
  while (!slice->isToStop) {
  }
  const MustNotThrow goesOn;
  while (!ended) yield();
}

// From outside, so that no slice of whoever does it is needed.
template <typename Stop>
std::jthread stopInItsFirstSlice(FirstSlice& slice, Stop stop) {
  return std::jthread([&slice, stop] {
    while (!slice.waits) std::this_thread::yield();
    stop();
    slice.isToStop = true;
  });
}

// It is told when that slice ends.
TEST(Cancellation, reachesAThreadInItsFirstSlice) {
  Process({.carriers = 1}).run([] {
    FirstSlice slice;
    std::jthread outside;
    inScope({}, [&](Scope& scope) {
      scope.thread(waitBesideOneThatGoesOn, assumeSendable(&slice));
      outside = stopInItsFirstSlice(slice, [&scope] { scope.cancel(); });
    });
  });
}

TEST(Kill, reachesAThreadInItsFirstSlice) {
  Process process({.carriers = 1});
  FirstSlice slice;
  const Ref<Troop> victim = process.troop({.name = "victim"});
  const Ref<Thread> thread = victim->thread({}, waitBesideOneThatGoesOn, assumeSendable(&slice));
  const std::jthread outside =
      stopInItsFirstSlice(slice, [&victim] { victim->kill(Error(ErrorKind::failed, "enough")); });
  EXPECT_TRUE(thread->join().failed());
}

TROOP_TEST(Deadline, ofAScopeStopsOneThatNeverHadToWaitBefore) {
  Event set;
  set.set();
  for (int i = 0; i < 100; ++i) set.wait();
  try {
    Scope scope({.deadline = 1ms});
    for (;;) set.wait();
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
  // Outside it is in no hurry again.
  for (int i = 0; i < 100; ++i) set.wait();
}

TROOP_TEST(Cancellation, loseNoValueThatWasAlreadyPromised) {
  auto [sender, receiver] = channel<int>(1);
  int received = 0;
  {
    Scope scope;
    scope.task([&, in = receiver]() mutable {
      if (in.receive()) ++received;
    });
    yield();
    sender.send(1).value();
    scope.cancel();
  }
  const int left = receiver.tryReceive() ? 1 : 0;
  EXPECT_EQ(received + left, 1);
}

}  // namespace
}  // namespace troop
