#include "tools/troop/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

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

TEST(InterruptDeathTest, theSecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        installInterrupt();
        raise(SIGINT);
        raise(SIGINT);
        std::_Exit(0);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace troop::command
