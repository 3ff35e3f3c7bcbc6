#include "runtime/inspect/deadlock-stacks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sync/latch.h"
#include "runtime/sync/mutex.h"

namespace troop {
namespace inspect {
namespace {

// Written before the Process ends, read afterwards.
std::string told;
void keep(const char* report) {
  told = report;
}

struct Forks {
  sync::mutex left, right;
  sync::latch bothHaveOne{2};
  std::atomic<int> refused{0};
};

[[gnu::noinline]] void takeSecond(Forks& forks, sync::mutex& second) {
  try {
    const std::lock_guard lock(second);
  } catch (const Error&) {
    ++forks.refused;
  }
  asm volatile("" ::: "memory");  // or the call before would be this one's last
}

TEST(DeadlockStacks, standInTheReportOfEachTask) {
  tellStacksOfDeadlocks();
  Forks forks;
  {
    Process process({.carriers = 1,
                     .deadlocksAfter = 5ms,
                     .onDeadlock = &keep,
                     .locksInDeadlock = ProcessOptions::LocksInDeadlock::throwError});
    process.run([&] {
      Scope scope;
      const auto dine = [](Forks* at, bool leftFirst) {
        const std::lock_guard lock(leftFirst ? at->left : at->right);
        at->bothHaveOne.arrive_and_wait();
        takeSecond(*at, leftFirst ? at->right : at->left);
      };
      scope.thread({.name = "first"}, dine, assumeSendable(&forks), true);
      scope.thread({.name = "second"}, dine, assumeSendable(&forks), false);
    });
  }
  EXPECT_EQ(forks.refused, 1);
#ifdef __x86_64__
  const std::size_t first = told.find("takeSecond");
  ASSERT_NE(first, std::string::npos) << told;
  EXPECT_NE(told.find("takeSecond", first + 1), std::string::npos) << told;
#endif
  EXPECT_NE(told.find("'second'"), std::string::npos) << told;
}

}  // namespace
}  // namespace inspect
}  // namespace troop
