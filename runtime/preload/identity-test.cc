#include "runtime/preload/identity.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <set>
#include <vector>

#include "runtime/preload/kernel.h"
#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

TEST(Identity, mainIsAnOsThread) {
  EXPECT_FALSE(inTask());
  EXPECT_TRUE(insidesAreKnown());
  EXPECT_EQ(ownTid(), kernelCall(SYS_gettid));
  EXPECT_EQ(&identityOf(pthread_self()), &self());
}

TEST(Identity, eachPthreadHasItsOwn) {
  const Identity* of = nullptr;
  PthreadOfTest pthread([&] {
    EXPECT_TRUE(inTask());
    EXPECT_EQ(&identityOf(pthread_self()), &self());
    of = &self();
  });
  pthread.join();
  EXPECT_NE(of, &self());
}

TEST(Identity, noTwoHaveOneNumber) {
  std::vector<pid_t> tids(100);
  {
    std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
    for (pid_t& tid : tids) {
      pthreads.push_back(std::make_unique<PthreadOfTest>([&tid] { tid = ownTid(); }));
    }
  }
  tids.push_back(ownTid());
  EXPECT_EQ(std::set<pid_t>(tids.begin(), tids.end()).size(), tids.size());
}

TEST(Identity, requestsRunWithTheDataOfTheCarrier) {
  PthreadOfTest pthread([] {
    Identity& mine = self();
    Identity* there = nullptr;
    onTask([](void* seen) { *static_cast<Identity**>(seen) = &self(); },
           static_cast<void*>(&there));
    EXPECT_NE(there, &mine);
    EXPECT_EQ(&self(), &mine);
  });
}

TEST(Identity, inTheRuntimeNoSignalComesInBetween) {
  sigset_t before;
  sigset_t inside;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    const InRuntime here;
    EXPECT_EQ(self().mode, Identity::Mode::runtime);
    kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &inside, _NSIG / 8);
    EXPECT_EQ(sigismember(&inside, SIGUSR1), 1);
    EXPECT_EQ(sigismember(&inside, SIGSEGV), 0);
    EXPECT_EQ(sigismember(&here.mask(), SIGUSR1), sigismember(&before, SIGUSR1));
  }
  EXPECT_EQ(self().mode, Identity::Mode::osThread);
  pthread_sigmask(SIG_SETMASK, nullptr, &inside);
  EXPECT_EQ(sigismember(&inside, SIGUSR1), 0);
}

}  // namespace
}  // namespace troop::preload
