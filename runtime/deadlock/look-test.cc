#include "runtime/deadlock/look.h"

#include <gtest/gtest.h>

#include <mutex>

#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/sync/mutex.h"
#include "runtime/task.h"

namespace troop::deadlock {
namespace {

// Others may wait as well, in other tests of this program.
const Sighting* whoWaitsFor(const Look& look, const Waiter& holder) {
  for (const Sighting& sighting : look.sightings()) {
    if (sighting.holder == &holder) return &sighting;
  }
  return nullptr;
}

Process& here() {
  return *Process::current();
}

TROOP_TEST(Look, seesWhoWaitsForWhom) {
  sync::mutex mutex;
  std::unique_lock lock(mutex);
  const Waiter& me = Waiter::ofCaller();
  Scope scope;
  scope.task([&] {
    mutex.lock();
    mutex.unlock();
  });
  const std::unordered_set<const Waiter*> nobody;
  while (whoWaitsFor(Look(here(), nobody), me) == nullptr) yield();
  const Look before(here(), nobody);
  const Look after(here(), nobody);
  const Sighting* waits = whoWaitsFor(before, me);
  ASSERT_NE(waits, nullptr);
  EXPECT_NE(after.find(*waits), nullptr);
  EXPECT_NE(waits->order, 0u);
  EXPECT_STREQ(waits->what, "a mutex");
  EXPECT_EQ(waits->thread, Thread::current());
  EXPECT_FALSE(waits->kept);
  const std::unordered_set<const Waiter*> described{waits->waiter};
  const Look withThreads(here(), described);
  EXPECT_EQ(whoWaitsFor(withThreads, me)->kept.get(), Thread::current());
  EXPECT_TRUE(after.knots([](const Sighting&) { return true; }).empty());
  lock.unlock();
  scope.join();
  EXPECT_EQ(Look(here(), nobody).find(*waits), nullptr);
}

}  // namespace
}  // namespace troop::deadlock
