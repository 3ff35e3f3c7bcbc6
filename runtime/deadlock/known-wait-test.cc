#include "runtime/deadlock/known-wait.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::deadlock {
namespace {

std::size_t known(const void* object) {
  std::size_t count = 0;
  KnownWaits::forEach(
      [&](const KnownWaitRecord& record) { count += record.what.object == object ? 1 : 0; });
  return count;
}

MayBreak mayBreak(const void* object) {
  MayBreak found = MayBreak::no;
  KnownWaits::forEach([&](const KnownWaitRecord& record) {
    if (record.what.object == object) found = record.mayBreak;
  });
  return found;
}

TROOP_TEST(KnownWait, isSeenWhileItExists) {
  const int object = 0;
  const std::uint64_t before = KnownWaits::lastOrder();
  {
    const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::allowed);
    EXPECT_EQ(known(&object), 1u);
    EXPECT_EQ(mayBreak(&object), MayBreak::yes);
    EXPECT_GT(KnownWaits::lastOrder(), before);
    EXPECT_EQ(wait.broken(), nullptr);
  }
  EXPECT_EQ(known(&object), 0u);
}

TROOP_TEST(KnownWait, isNotSeenWhereItEndsByItself) {
  const int object = 0;
  {
    const KnownWait wait(Waiter::ofCaller(), {.object = &object}, after(1h), Interruption::allowed);
    EXPECT_EQ(known(&object), 0u);
  }
  const Scope scope{{.deadline = 1h}};
  {
    const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::allowed);
    EXPECT_EQ(known(&object), 0u);
  }
  const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::deferred);
  EXPECT_EQ(known(&object), 1u);
}

TROOP_TEST(KnownWait, isNotBrokenInWhoMustNotThrow) {
  const int object = 0;
  const MustNotThrow here;
  const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::deferred);
  EXPECT_EQ(mayBreak(&object), MayBreak::no);
}

TROOP_TEST(KnownWait, isNotSeenWhereStacksDoNotStay) {
  const int object = 0;
  for (const Parked parked : {Parked::compacted, Parked::sharesStack}) {
    const Ref<Thread> thread = Process::current()->root().thread(
        {.name = "waits", .parked = parked},
        [](const int* at) {
          const KnownWait wait(Waiter::ofCaller(), {.object = at}, never, Interruption::deferred);
          EXPECT_EQ(known(at), 0u);
        },
        assumeSendable(&object));
    EXPECT_TRUE(thread->join());
  }
}

TEST(KnownWait, ofAnOsThreadIsSeenAsWell) {
  const int object = 0;
  const KnownWait wait(Waiter::ofCaller(), {.object = &object}, never, Interruption::deferred);
  EXPECT_EQ(known(&object), 1u);
}

}  // namespace
}  // namespace troop::deadlock
