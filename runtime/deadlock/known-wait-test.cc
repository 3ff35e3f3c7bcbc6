#include "runtime/deadlock/known-wait.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "runtime/deadlock/watch.h"
#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::deadlock {
namespace {

KnownWaits& waits() {
  return Process::current() != nullptr ? Watch::waitsOf(*Process::current())
                                       : KnownWaits::ofOsThreads();
}

std::size_t known(const void* object) {
  std::size_t count = 0;
  waits().forEach(
      [&](const KnownWaitRecord& record) { count += record.what.object == object ? 1 : 0; });
  return count;
}

MayBreak mayBreak(const void* object) {
  MayBreak found = MayBreak::no;
  waits().forEach([&](const KnownWaitRecord& record) {
    if (record.what.object == object) found = record.mayBreak;
  });
  return found;
}

TROOP_TEST(KnownWait, isSeenWhileItExists) {
  const int object = 0;
  const std::uint64_t before = waits().begun();
  {
    const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::allowed,
                         Refused::byResult);
    EXPECT_EQ(known(&object), 1u);
    EXPECT_EQ(mayBreak(&object), MayBreak::yes);
    EXPECT_GT(waits().begun(), before);
    EXPECT_EQ(wait.broken(), nullptr);
  }
  EXPECT_EQ(known(&object), 0u);
}

TROOP_TEST(KnownWait, isNotSeenWhereItEndsByItself) {
  const int object = 0;
  {
    const KnownWait wait(Waiter::ofCaller(), {.object = &object}, after(1h), Interruption::allowed,
                         Refused::byResult);
    EXPECT_EQ(known(&object), 0u);
  }
  const Scope scope{{.deadline = 1h}};
  {
    const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::allowed,
                         Refused::byResult);
    EXPECT_EQ(known(&object), 0u);
  }
  const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::deferred,
                       Refused::byResult);
  EXPECT_EQ(known(&object), 1u);
}

MayBreak mayBreakWhere(Refused refused) {
  const int object = 0;
  const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::deferred,
                       refused);
  return mayBreak(&object);
}

TROOP_TEST(KnownWait, isBrokenByExceptionOnlyWhereItsProcessSaysSo) {
  EXPECT_EQ(mayBreakWhere(Refused::byException), MayBreak::no);
  EXPECT_EQ(mayBreakWhere(Refused::byResult), MayBreak::yes);
  EXPECT_EQ(mayBreakWhere(Refused::never), MayBreak::no);
}

TEST(KnownWait, isNotBrokenByExceptionInWhoMustNotThrow) {
  Process process({.carriers = 1, .locksInDeadlock = ProcessOptions::LocksInDeadlock::throwError});
  process.run([] {
    EXPECT_EQ(mayBreakWhere(Refused::byException), MayBreak::yes);
    const MustNotThrow here;
    EXPECT_EQ(mayBreakWhere(Refused::byException), MayBreak::no);
    EXPECT_EQ(mayBreakWhere(Refused::byResult), MayBreak::yes);
  });
}

TEST(KnownWait, ofAnOsThreadIsNotBrokenByException) {
  EXPECT_EQ(mayBreakWhere(Refused::byException), MayBreak::no);
  EXPECT_EQ(mayBreakWhere(Refused::byResult), MayBreak::yes);
}

TROOP_TEST(KnownWaits, areEachVisitedOnceAFewAtATime) {
  constexpr std::size_t many = 3 * KnownWaits::togetherMax;
  std::vector<KnownWaitRecord> records(many);
  for (KnownWaitRecord& record : records) {
    record.waiter = &Waiter::ofCaller();  // all in one list
    waits().add(record);
  }
  for (int round = 0; round < 2; ++round) {
    std::unordered_map<const KnownWaitRecord*, int> visits;
    std::size_t together = 0, mostTogether = 0;
    waits().forEach([&] { together = 0; },
                    [&](const KnownWaitRecord& record) {
                      ++visits[&record];
                      mostTogether = std::max(mostTogether, ++together);
                    });
    EXPECT_EQ(mostTogether, KnownWaits::togetherMax);
    for (const KnownWaitRecord& record : records) EXPECT_EQ(visits[&record], 1);
  }
  for (KnownWaitRecord& record : records) waits().remove(record);
}

TROOP_TEST(KnownWait, isNotSeenWhereStacksDoNotStay) {
  const int object = 0;
  for (const Parked parked : {Parked::compacted, Parked::sharesStack}) {
    const Ref<Thread> thread = Process::current()->root().thread(
        {.name = "waits", .parked = parked},
        [](const int* at) {
          const KnownWait wait(Waiter::ofCaller(), {.object = at}, never, Interruption::deferred,
                               Refused::byResult);
          EXPECT_EQ(known(at), 0u);
        },
        assumeSendable(&object));
    EXPECT_TRUE(thread->join());
  }
}

TEST(KnownWait, ofAnOsThreadIsSeenAsWell) {
  const int object = 0;
  const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::deferred,
                       Refused::byResult);
  EXPECT_EQ(known(&object), 1u);
}

}  // namespace
}  // namespace troop::deadlock
