#include "runtime/io/signals/subscription.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/reactor/polling-reactor.h"

namespace troop::signals {
namespace {

std::atomic<int> heardBefore{0};

void host(int) {
  ++heardBefore;
}

class SubscriptionTest : public testing::Test {
 protected:
  ~SubscriptionTest() override { reactor_->end(); }
  Ref<Subscription> subscribed(std::initializer_list<int> signals) {
    return Subscription::begin(*reactor_, std::span(signals)).value();
  }
  // 0: none.
  static long taken(Subscription& subscription) {
    const long signal = subscription.source().use(Subscription::Takes{subscription});
    return signal == -EAGAIN ? 0 : signal;
  }

 private:
  const Ref<PollingReactor> reactor_ = makeRef<PollingReactor>();
};

struct sigaction actionOf(int signal) {
  struct sigaction action = {};
  sigaction(signal, nullptr, &action);
  return action;
}

TEST_F(SubscriptionTest, keepsWhatArrivesUntilItIsTaken) {
  const Ref<Subscription> mine = subscribed({SIGUSR1, SIGUSR2});
  raise(SIGUSR2);
  raise(SIGUSR1);
  raise(SIGUSR1);
  EXPECT_EQ(taken(*mine), SIGUSR1);
  EXPECT_EQ(taken(*mine), SIGUSR2);
  EXPECT_EQ(taken(*mine), 0);
}

TEST_F(SubscriptionTest, calledIsWhoWasThereBeforeAndIsThereAfter) {
  signal(SIGUSR1, host);
  heardBefore = 0;
  const Ref<Subscription> mine = subscribed({SIGUSR1});
  Ref<Subscription> other = subscribed({SIGUSR1});
  raise(SIGUSR1);
  EXPECT_EQ(heardBefore, 1);
  EXPECT_EQ(taken(*mine), SIGUSR1);
  EXPECT_EQ(taken(*other), SIGUSR1);
  other = nullptr;
  EXPECT_NE(actionOf(SIGUSR1).sa_handler, host);
  raise(SIGUSR1);
  EXPECT_EQ(taken(*mine), SIGUSR1);
  mine->end();
  EXPECT_EQ(actionOf(SIGUSR1).sa_handler, host);
  raise(SIGUSR1);
  EXPECT_EQ(heardBefore, 3);
  EXPECT_EQ(taken(*mine), Source::closedHere);
  signal(SIGUSR1, SIG_DFL);
}

TEST_F(SubscriptionTest, changesNoMask) {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const Ref<Subscription> mine = subscribed({SIGUSR1, SIGTERM, SIGCHLD});
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int signal : {SIGUSR1, SIGTERM, SIGCHLD}) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal));
  }
}

TEST_F(SubscriptionTest, leavesEndedChildrenToWhoTakesCareOfThem) {
  signal(SIGCHLD, SIG_IGN);
  {
    const Ref<Subscription> mine = subscribed({SIGCHLD});
    EXPECT_NE(actionOf(SIGCHLD).sa_flags & SA_NOCLDWAIT, 0);
  }
  EXPECT_EQ(actionOf(SIGCHLD).sa_handler, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  const Ref<Subscription> mine = subscribed({SIGCHLD});
  EXPECT_EQ(actionOf(SIGCHLD).sa_flags & SA_NOCLDWAIT, 0);
}

TEST_F(SubscriptionTest, refusesWhatIsNotToBeHandled) {
  for (const int signal : {0, -1, 65, SIGKILL, SIGSTOP, SIGSEGV, SIGFPE}) {
    const std::initializer_list<int> signals{SIGUSR1, signal};
    Expected<Ref<Subscription>> none =
        Subscription::begin(*makeRef<PollingReactor>(), std::span<const int>(signals));
    ASSERT_TRUE(none.failed());
    EXPECT_EQ(none.error().kind(), ErrorKind::failed);
    EXPECT_NE(none.error().reason().find(std::to_string(signal)), std::string::npos);
    EXPECT_EQ(actionOf(SIGUSR1).sa_handler, SIG_DFL);
  }
}

TEST_F(SubscriptionTest, thereAreOnlySoMany) {
  std::vector<Ref<Subscription>> all;
  for (std::size_t i = 0; i < Subscription::subscriptionsMax; ++i) {
    all.push_back(subscribed({SIGUSR1}));
  }
  const auto reactor = makeRef<PollingReactor>();
  const std::initializer_list<int> signals{SIGUSR1};
  EXPECT_EQ(Subscription::begin(*reactor, std::span<const int>(signals)).error().detail(),
            ErrorDetail::quota);
  raise(SIGUSR1);
  for (const Ref<Subscription>& one : all) EXPECT_EQ(taken(*one), SIGUSR1);
  all.pop_back();
  all.push_back(subscribed({SIGUSR1}));
  EXPECT_EQ(taken(*all.back()), 0);
}

// In a child of the OS process nobody takes them, and the kernel does what it would have done.
TEST_F(SubscriptionTest, isNoneInAChildOfTheOsProcess) {
  const Ref<Subscription> mine = subscribed({SIGTERM});
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t forked = fork();
  if (forked == 0) {
    (void)!write(ends[1], "x", 1);
    for (;;) pause();
  }
  char ready = 0;
  ASSERT_EQ(read(ends[0], &ready, 1), 1) << "it knows that it is another one";
  close(ends[0]);
  close(ends[1]);
  kill(forked, SIGTERM);
  int status = 0;
  ASSERT_EQ(waitpid(forked, &status, 0), forked);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_EQ(taken(*mine), 0);
}

// Handlers run while subscriptions come and go, and touch none that is gone.
TEST_F(SubscriptionTest, comesAndGoesWhileSignalsArrive) {
  const Ref<Subscription> stays = subscribed({SIGUSR1});
  std::atomic<bool> stop{false};
  std::thread sends([&] {
    while (!stop) raise(SIGUSR1);
  });
  for (int i = 0; i < 2'000; ++i) {
    const Ref<Subscription> mine = subscribed({SIGUSR1});
    (void)taken(*mine);
  }
  stop = true;
  sends.join();
  while (taken(*stays) != 0) {
  }
  raise(SIGUSR1);
  EXPECT_EQ(taken(*stays), SIGUSR1);
}

}  // namespace
}  // namespace troop::signals
