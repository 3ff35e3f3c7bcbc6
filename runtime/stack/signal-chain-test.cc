#include "runtime/stack/signal-chain.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace troop {
namespace {

constexpr int theSignal = SIGUSR2;

constinit SignalChain chain;
// Who was called, one letter each; written in handlers, which allocate nothing.
char calls[16];
std::size_t callsCount = 0;

void called(char who) {
  if (callsCount < sizeof(calls)) calls[callsCount++] = who;
}

void first(int) {
  called('f');
}

void ours(int signal, siginfo_t* info, void* context) {
  called(chain.isNested() ? 'n' : 'o');
  chain.callPrevious(signal, info, context);
}

// Somebody else who chains.
struct sigaction before = {};
void other(int signal, siginfo_t* info, void* context) {
  called('x');
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL) {
    before.sa_handler(signal);
  }
}

void putOther() {
  struct sigaction action = {};
  action.sa_sigaction = other;
  action.sa_flags = SA_SIGINFO;
  ASSERT_EQ(sigaction(theSignal, &action, &before), 0);
}

std::string callsOfOne() {
  callsCount = 0;
  raise(theSignal);
  return {calls, callsCount};
}

TEST(SignalChain, callsWhatWasThereAndGivesItBack) {
  struct sigaction at = {};
  at.sa_handler = first;
  ASSERT_EQ(sigaction(theSignal, &at, nullptr), 0);
  ASSERT_TRUE(chain.install(theSignal, ours, SA_RESTART));
  EXPECT_EQ(callsOfOne(), "of");
  chain.remove();
  EXPECT_EQ(callsOfOne(), "f");
}

// Without what is said of it in the header this calls until the stack ends.
TEST(SignalChain, endsWhereItWasInstalledInFrontOfWhoCallsIt) {
  struct sigaction at = {};
  at.sa_handler = first;
  ASSERT_EQ(sigaction(theSignal, &at, nullptr), 0);
  ASSERT_TRUE(chain.install(theSignal, ours, SA_RESTART));
  putOther();
  chain.remove();
  EXPECT_EQ(callsOfOne(), "xof");
  ASSERT_TRUE(chain.install(theSignal, ours, SA_RESTART));
  EXPECT_EQ(callsOfOne(), "oxnf");
  chain.remove();
  EXPECT_EQ(callsOfOne(), "xof");
  // The other one gives back what it found, which is ours.
  ASSERT_EQ(sigaction(theSignal, &before, nullptr), 0);
  ASSERT_TRUE(chain.install(theSignal, ours, SA_RESTART));
  EXPECT_EQ(callsOfOne(), "of");
  chain.remove();
  EXPECT_EQ(callsOfOne(), "f");
}

TEST(SignalChain, isRefusedWhereItStandsTooOften) {
  std::signal(theSignal, SIG_DFL);
  std::size_t installed = 0;
  for (; installed < SignalChain::levelsMax; ++installed) {
    ASSERT_TRUE(chain.install(theSignal, ours, 0));
    std::signal(theSignal, first);
  }
  EXPECT_FALSE(chain.install(theSignal, ours, 0));
  EXPECT_EQ(callsOfOne(), "f");
}

TEST(SignalChain, isRefusedWhereTheKernelDoes) {
  SignalChain other;
  EXPECT_FALSE(other.install(SIGKILL, ours, 0));
  EXPECT_FALSE(other.install(1000, ours, 0));
  other.remove();
}

}  // namespace
}  // namespace troop
