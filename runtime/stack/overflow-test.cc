#include "runtime/stack/overflow.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>

namespace troop {
namespace {

// A page that no one may touch, which this test's reporter takes for a guard.
void* guardPage() {
  static void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page;
}

std::size_t report(const void* address, char* text, std::size_t bytes) {
  if (address != guardPage()) return 0;
  constexpr std::string_view sentence = "the guard was touched\n";
  std::memcpy(text, sentence.data(), std::min(bytes, sentence.size()));
  return sentence.size();
}

void touch(void* address) {
  *static_cast<volatile char*>(address) = 1;
}

class OverflowDeathTest : public testing::Test {
 protected:
  // In the dying process, so that this one keeps its handlers.
  static void installAndTouch(void* address) {
    installOverflowHandler(&report);
    installOverflowHandler(&report);
    const AlternateSignalStack stack;
    touch(address);
  }
};

TEST_F(OverflowDeathTest, reportsAFaultInAGuardAndAborts) {
  EXPECT_EXIT(installAndTouch(guardPage()), testing::KilledBySignal(SIGABRT),
              "the guard was touched");
}

TEST_F(OverflowDeathTest, leavesOtherFaultsToTheDefault) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        installAndTouch(nullptr);
      },
      testing::KilledBySignal(SIGSEGV), "");
}

TEST_F(OverflowDeathTest, passesOtherFaultsOnToASimpleHandler) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, [](int) { _exit(7); });
        installAndTouch(nullptr);
      },
      testing::ExitedWithCode(7), "");
}

TEST_F(OverflowDeathTest, passesSignalsThatSomebodySentOn) {
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        installOverflowHandler(&report);
        kill(getpid(), SIGSEGV);
        pause();
      },
      testing::KilledBySignal(SIGSEGV), "");
}

TEST(AlternateSignalStack, isSetWhileItExistsAndLeavesWhatWasThere) {
  std::thread([] {
    stack_t before = {}, during = {}, afterwards = {};
    sigaltstack(nullptr, &before);
    {
      const AlternateSignalStack stack;
      sigaltstack(nullptr, &during);
      EXPECT_EQ(during.ss_flags & SS_DISABLE, 0);
      const AlternateSignalStack nested;
      stack_t inner = {};
      sigaltstack(nullptr, &inner);
      EXPECT_EQ(inner.ss_sp, during.ss_sp);
    }
    sigaltstack(nullptr, &afterwards);
    EXPECT_EQ(afterwards.ss_flags, before.ss_flags);
    EXPECT_EQ(afterwards.ss_sp, before.ss_sp);
  }).join();
}

}  // namespace
}  // namespace troop
