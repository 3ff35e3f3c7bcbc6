#include "runtime/preload/host.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

TEST(Host, isAvailableHere) {
  EXPECT_TRUE(host::available());
}

TEST(Host, isNotInAChildThatWasForked) {
  PthreadOfTest before([] {});
  before.join();
  const pid_t child = fork();
  if (child == 0) {
    bool ranInTask = true;
    PthreadOfTest pthread([&] { ranInTask = inTask(); });
    pthread.join();
    _exit(host::available() || ranInTask ? 1 : 0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Host, givesWayToOthers) {
  std::atomic<bool> done{false};
  PthreadOfTest waits([&] {
    while (!done.load()) sched_yield();
  });
  PthreadOfTest ends([&] { done.store(true); });
}

}  // namespace
}  // namespace troop::preload
