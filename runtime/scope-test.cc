#include "runtime/scope.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

const Error boom(ErrorKind::failed, "boom");

TROOP_TEST(Scope, givesNoObjectThatAThreadHasThrown) {
  try {
    Scope scope;
    scope.thread([] { throw std::make_shared<int>(5); });
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "an exception that is no std::exception");
  }
  // Nor one that is derived from Error, or was kept by who has thrown it.
  struct Carries : Error {
    using Error::Error;
    int* pointer = nullptr;
  };
  try {
    Scope scope;
    scope.thread([] { throw Carries(ErrorKind::overloaded, "busy"); });
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(dynamic_cast<const Carries*>(&error), nullptr);
  }
}

// So many do not wait for memory of their own, but take that of those before.
TEST(Scope, whoStartsManyLetsThemRun) {
  std::atomic<std::size_t> ended{0};
  Process process{{.carriers = 1}};
  process.run([&ended] {
    Scope scope;
    const auto ends = [](std::atomic<std::size_t>* count) { ++*count; };
    // What was started in one slice runs before the next one, so that soon most have ended. Far
    // more than anybody starts in a slice.
    constexpr std::size_t most = 900'000;
    constexpr std::size_t enough = 10'000;
    std::size_t started = 0;
    while (started < most && (ended.load() < enough || 2 * ended.load() < started)) {
      scope.thread(ends, assumeSendable(&ended));
      ++started;
    }
    EXPECT_LT(started, most);
  });
}

TROOP_TEST(Scope, joinsWhatWasStartedInIt) {
  int ended = 0;
  std::atomic<int> threadsEnded{0};
  {
    Scope scope;
    for (int i = 0; i < 5; ++i) {
      scope.task([&] {
        sleep(1ms);
        ++ended;
      });
      scope.thread(
          [](std::atomic<int>* count) {
            sleep(1ms);
            ++*count;
          },
          assumeSendable(&threadsEnded));
    }
  }
  EXPECT_EQ(ended, 5);
  EXPECT_EQ(threadsEnded, 5);
}

TROOP_TEST(Scope, thatStartsNothingJustEnds) {
  {
    Scope scope;
  }
  Scope scope;
  scope.join();
  scope.join();
}

TROOP_TEST(Scope, throwsTheFirstErrorAndCancelsTheOthers) {
  int cancelled = 0;
  try {
    Scope scope;
    for (int i = 0; i < 3; ++i) {
      scope.task([&] {
        try {
          sleep(1h);
        } catch (const Cancelled& reason) {
          EXPECT_EQ(reason.cause().reason(), "boom");
          ++cancelled;
          throw;
        }
      });
    }
    scope.thread([] { sleep(1h); });
    // Started last, but those that have not begun when it fails will not begin.
    scope.task([] {
      sleep(1ms);
      throw boom;
    });
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "boom");
  }
  EXPECT_EQ(cancelled, 3);
}

TROOP_TEST(Scope, throwsFromItsDestructorWhatNobodyJoined) {
  EXPECT_THROW(
      {
        Scope scope;
        scope.task([] { throw std::runtime_error("any type"); });
      },
      std::runtime_error);
  EXPECT_THROW(
      {
        Scope scope;
        scope.thread([] { throw Error(ErrorKind::failed, "from a Thread"); });
      },
      Error);
}

TROOP_TEST(Scope, leftByAnExceptionCancelsAndJoinsThenLetsItPass) {
  bool unwound = false;
  try {
    Scope scope;
    scope.task([&] {
      struct Unwound {
        bool& flag;
        ~Unwound() { flag = true; }
      } const mark{unwound};
      sleep(1h);
    });
    sleep(1ms);
    throw boom;
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "boom");
    EXPECT_TRUE(unwound);
  }
}

TROOP_TEST(Scope, cancelsTheTaskThatOpenedItWhenAChildFails) {
  Event never;
  bool left = false;
  try {
    Scope scope;
    scope.task([] {
      sleep(1ms);
      throw boom;
    });
    never.wait();
    ADD_FAILURE() << "the wait ended";
  } catch (const Cancelled& cancelled) {
    EXPECT_EQ(cancelled.cause().reason(), "boom");
    left = true;
  }
  EXPECT_TRUE(left);
  sleep(1ms);  // outside the scope nothing is cancelled
}

TROOP_TEST(Scope, inScopeTurnsThatIntoTheError) {
  Event never;
  try {
    inScope({}, [&](Scope& scope) {
      scope.task([] {
        sleep(1ms);
        throw boom;
      });
      never.wait();
    });
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "boom");
  }
}

TROOP_TEST(Scope, inScopeReturnsWhenItWasCancelledOnPurpose) {
  Event never;
  inScope({}, [&](Scope& scope) {
    scope.task([&] {
      sleep(1ms);
      scope.cancel();
    });
    never.wait();
    ADD_FAILURE() << "the wait ended";
  });
}

TROOP_TEST(Scope, inScopePassesOnTheErrorOfAScopeWithin) {
  try {
    inScope({}, [&](Scope&) {
      Scope inner;
      inner.task([] { throw boom; });
      sleep(1h);
    });
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "boom");
  }
}

TROOP_TEST(Scope, aChildCancelledByItsOwnScopeHasFailed) {
  try {
    Scope scope;
    scope.task([] {
      Scope inner;
      inner.task([] { throw boom; });
      sleep(1h);
    });
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "boom");
  }
}

TROOP_TEST(Scope, cancelReachesEverythingBelow) {
  int unwound = 0;
  std::atomic<int> threadsUnwound{0};
  Scope scope;
  scope.task([&] {
    Scope inner;
    inner.task([&] {
      try {
        sleep(1h);
      } catch (const Cancelled&) {
        ++unwound;
        throw;
      }
    });
    inner.thread(
        [](std::atomic<int>* count) {
          try {
            Scope innermost;
            innermost.task([] { sleep(1h); });
            innermost.join();
          } catch (const Cancelled&) {
            ++*count;
            throw;
          }
        },
        assumeSendable(&threadsUnwound));
    inner.join();
  });
  sleep(1ms);
  scope.cancel(Error(ErrorKind::failed, "enough"));
  scope.join();  // cancelled on purpose: no error
  // Those that had begun were unwound.
  EXPECT_LE(unwound, 1);
  EXPECT_LE(threadsUnwound, 1);
  EXPECT_TRUE(scope.cancelled());
}

TROOP_TEST(Scope, cancelledBeforeItsTasksBeganRunsNone) {
  bool ran = false;
  auto owned = std::make_shared<int>(1);
  {
    Scope scope;
    scope.task([&ran, owned] { ran = true; });
    scope.cancel();
    EXPECT_THROW(scope.task([] {}), Cancelled);
    EXPECT_THROW(scope.thread([] {}), Cancelled);
    EXPECT_THROW(sleep(1h), Cancelled);
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(owned.use_count(), 1);
}

TROOP_TEST(Scope, isCancelledFromAnotherThread) {
  Scope scope;
  scope.thread(
      [](Scope* shared) {
        sleep(1ms);
        shared->cancel(Error(ErrorKind::failed, "from elsewhere"));
      },
      assumeSendable(&scope));
  for (int i = 0; i < 5; ++i) scope.task([] { sleep(1h); });
  scope.join();
}

TROOP_TEST(Scope, childrenStartSiblings) {
  int count = 0;
  Scope scope;
  std::function<void(int)> spawn = [&](int depth) {
    ++count;
    for (int i = 0; depth > 0 && i < 2; ++i) scope.task([&, depth] { spawn(depth - 1); });
  };
  scope.task([&] { spawn(4); });
  scope.join();
  EXPECT_EQ(count, 31);
}

// Who was started first fails while the others are being started, and they are woken by that.
TEST(Scope, startsThreadsWhileASiblingFails) {
  Process process({.carriers = 4});
  int told = 0;
  constexpr int rounds = 400;
  for (int round = 0; round < rounds; ++round) {
    process.run([&] {
      try {
        inScope({}, [](Scope& scope) {
          scope.thread([] { throw Error(boom); });
          for (int i = 0; i < 12; ++i) scope.thread([] {});
        });
      } catch (const Error& error) {
        if (error.reason() == boom.reason()) ++told;
      }
    });
  }
  EXPECT_EQ(told, rounds);
}

TROOP_TEST(Scope, deadlineHoldsForEveryWaitWithin) {
  const auto failsByDeadline = [](auto wait) {
    try {
      wait();
      ADD_FAILURE() << "the wait ended";
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::deadline);
      EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    }
  };
  Event never;
  failsByDeadline([&] {
    Scope scope{{.deadline = 1ms}};
    never.wait();
  });
  failsByDeadline([&] {
    Scope scope{{.deadline = 1ms}};
    scope.task([&] { never.wait(); });
  });
  failsByDeadline([&] {
    Scope scope{{.deadline = 1ms}};
    scope.thread([] { sleep(1h); });
  });
  failsByDeadline([&] {
    Scope outer{{.deadline = 1ms}};
    Scope inner{{.deadline = 1h}};
    inner.task([] {
      Scope innermost;
      innermost.task([] { sleep(1h); });
    });
  });
  failsByDeadline([&] {
    Scope scope{{.deadline = 0ns}};
    yield();
  });
  EXPECT_EQ(deadline(), troop::never);
}

TROOP_TEST(Scope, deadlinesAreInheritedAndOnlyShortened) {
  const Time begun = now();
  Scope outer{{.deadline = 1h}};
  const Time outerDeadline = deadline();
  EXPECT_GE(outerDeadline, begun + 1h);
  {
    Scope inner{{.deadline = 2h}};
    EXPECT_EQ(deadline(), outerDeadline);
    Time seen[2];
    inner.task([&] { seen[0] = deadline(); });
    inner.thread([](Time* where) { *where = deadline(); }, assumeSendable(&seen[1]));
    inner.join();
    EXPECT_EQ(seen[0], outerDeadline);
    EXPECT_EQ(seen[1], outerDeadline);
  }
  {
    Scope inner{{.deadline = 30min}};
    EXPECT_LT(deadline(), outerDeadline);
  }
  EXPECT_EQ(deadline(), outerDeadline);
}

TROOP_TEST(Scope, anOwnDeadlineOfAWaitIsAResultNotAnError) {
  Scope scope{{.deadline = 1h}};
  Event event;
  EXPECT_EQ(event.wait(after(1ms)), WaitResult::timedOut);
}

TROOP_TEST(Scope, isSafeInADestructorWhileAnExceptionUnwinds) {
  struct Cleanup {
    int& steps;
    ~Cleanup() {
      Scope scope;
      scope.task([this] {
        sleep(1ms);
        ++steps;
      });
      scope.join();
    }
  };
  int steps = 0;
  try {
    const Cleanup cleanup{steps};
    throw boom;
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), boom.kind());
  }
  EXPECT_EQ(steps, 1);
}

TROOP_TEST(Scope, cyclesOfThreadsThatWaitForEachOtherEndByTheirDeadline) {
  Event first, second;
  EXPECT_THROW(
      {
        Scope scope{{.deadline = 2ms}};
        scope.thread(
            [](Event* mine, Event* theirs) {
              theirs->wait();
              mine->set();
            },
            assumeSendable(&first), assumeSendable(&second));
        scope.thread(
            [](Event* mine, Event* theirs) {
              theirs->wait();
              mine->set();
            },
            assumeSendable(&second), assumeSendable(&first));
      },
      Error);
}

TEST(Scope, isOpenedByTasksOnly) {
  EXPECT_THROW(Scope scope, Error);
}

TEST(Scope, isUsedByItsThreadOnly) {
  Process process;
  process.run([&] {
    Scope scope;
    scope.thread([](Scope* shared) { EXPECT_THROW(shared->task([] {}), Error); },
                 assumeSendable(&scope));
  });
}

}  // namespace
}  // namespace troop
