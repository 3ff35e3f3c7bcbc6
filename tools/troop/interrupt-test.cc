#include "tools/troop/interrupt.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace troop::command {
namespace {

// In processes of their own: what a signal does holds for the whole process.

TEST(InterruptDeathTest, theFirstSignalSetsTheFlag) {
  for (const int number : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          const std::atomic<bool>& interrupted = installInterrupt();
          const bool before = interrupted;
          raise(number);
          std::_Exit(!before && interrupted ? 0 : 1);
        },
        ::testing::ExitedWithCode(0), "");
  }
}

TEST(InterruptDeathTest, aSecondSignalLaterEndsTheProcess) {
  for (const int number : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          installInterrupt();
          raise(SIGINT);
          std::this_thread::sleep_for(std::chrono::milliseconds(repeatMillis + 1));
          raise(number);
          std::_Exit(0);
        },
        ::testing::KilledBySignal(number), "");
  }
}

TEST(InterruptDeathTest, aSignalThatIsSentTwiceCountsOnce) {
  EXPECT_EXIT(
      {
        const std::atomic<bool>& interrupted = installInterrupt();
        raise(SIGTERM);
        raise(SIGTERM);
        std::_Exit(interrupted ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace troop::command
