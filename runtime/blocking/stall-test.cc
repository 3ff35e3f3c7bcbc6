#include "runtime/blocking/stall.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/sanitizers.h"
#include "runtime/blocking/blocking.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// Keeps what it is told, until somebody asks for it.
class Told {
 public:
  ProcessOptions options(unsigned carriers, unsigned sparesMax) {
    return {.carriers = carriers,
            .sparesMax = sparesMax,
            .stuckAfter = 2ms,
            .onStall = [this](const Stall& stall) {
              const std::lock_guard lock(mutex_);
              stalls_.push_back(stall);
              changed_.notify_all();
            }};
  }

  // However long it takes.
  Stall awaitOneOf(const std::string& troop) {
    std::unique_lock lock(mutex_);
    for (;;) {
      for (const Stall& stall : stalls_) {
        if (stall.troop == troop) return stall;
      }
      changed_.wait(lock);
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Stall> stalls_;
};

std::uint64_t stallsOf(const Process& process) {
  std::uint64_t stalls = 0;
  for (const CarrierStatistics& carrier : process.statistics()) stalls += carrier.stalls;
  return stalls;
}

class StallOfAPlainCall : public testing::TestWithParam<unsigned> {};

TEST_P(StallOfAPlainCall, isToldWithTheNamesOfWhoHoldsItsCarrier) {
  if (underThreadSanitizer) GTEST_SKIP() << "signals are put off there";
  Told told;
  Process process(told.options(2, GetParam()));
  const Ref<Troop> guest = process.troop({.name = "guest"});
  std::latch released(1);
  const Ref<Thread> culprit = guest->thread(
      {"culprit"}, [](std::latch* latch) { latch->wait(); }, assumeSendable(&released));
  const Stall stall = told.awaitOneOf("guest");
  EXPECT_EQ(stall.thread, "culprit");
  EXPECT_EQ(stall.task, 1u);
  EXPECT_GE(stall.lasted, 2ms);
  EXPECT_GE(stallsOf(process), 1u);
  EXPECT_NE(stall.describe().find("Task 1 of Thread 'culprit' of troop 'guest'"),
            std::string::npos);
  released.count_down();
  EXPECT_TRUE(culprit->join());
}

INSTANTIATE_TEST_SUITE_P(Spares, StallOfAPlainCall, testing::Values(0u, 4u));

TEST(Stall, isNoneOfWhoSaysThatItBlocks) {
  // However slow the machine is, nobody else is stuck.
  Process process({.carriers = 1, .stuckAfter = 1h});
  process.run([] {
    for (int round = 0; round < 3; ++round) {
      std::latch released(1);
      Scope scope;
      scope.thread([](std::latch* latch) { latch->count_down(); }, assumeSendable(&released));
      blocking([&] { released.wait(); });
    }
  });
  std::uint64_t replaced = 0;
  for (const CarrierStatistics& carrier : process.statistics()) replaced += carrier.replaced;
  EXPECT_GE(replaced, 1u);  // a spare that has not gone yet takes what comes next
  EXPECT_EQ(stallsOf(process), 0u);
}

// Those that are looked at end at the same moment, and others begin.
TEST(Stall, isToldWhileThreadsComeAndGo) {
  std::atomic<int> told{0};
  Process process({.carriers = 2, .stuckAfter = 1ms, .onStall = [&](const Stall& stall) {
                     told += stall.describe().empty() ? 0 : 1;
                   }});
  process.run([] {
    for (int round = 0; round < 10; ++round) {
      Scope scope;
      for (int i = 0; i < 4; ++i) {
        scope.thread(ThreadOptions{.name = "short-lived"}, [] {
          const Time end = now() + 1500us;
          while (now() < end) {
          }
          yield();
        });
      }
    }
  });
}

TEST(Stall, saysWhatItDoesNotKnow) {
  EXPECT_EQ((Stall{.lasted = 20ms}).describe(),
            "something has held its carrier for 20 ms, without a stand-in");
  EXPECT_EQ(
      (Stall{.troop = "guest", .lasted = 20ms, .replaced = true, .stack = "main()"}).describe(),
      "troop 'guest' has held its carrier for 20 ms, and a spare stands in\nmain()");
}

}  // namespace
}  // namespace troop
