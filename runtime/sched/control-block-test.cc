#include "runtime/sched/control-block.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <vector>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/ref.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/task.h"
#include "runtime/testing/refused-calls.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

using namespace std::chrono_literals;

// A destructor that waits.
struct Leaves {
  int* refused;
  ~Leaves() {
    yield();
    if (sleepNoThrow(1ms) == WaitResult::cancelled) ++*refused;
  }
};

TEST(Tasks, withoutAStackLetGoOfWhatTheyWereStartedWith) {
  if (!makeRef<StackPool>(StackPool::Options{})->guardsAreMarkers()) {
    GTEST_SKIP()
        << "this kernel has no markers as guards, so that Tasks are made with their stacks";
  }
  Process process({.carriers = 1});
  process.run([] {
    Event done;
    int refused = 0;
    std::vector<Ref<Thread>> threads;
    for (int i = 0; i < 1000; ++i) {
      threads.push_back(Process::current()->root().thread(
          {}, [](const std::shared_ptr<Leaves>&, Event* until) { until->wait(); },
          assumeSendable(std::make_shared<Leaves>(&refused)), assumeSendable(&done)));
    }
    // None of them runs before this one waits, on the only carrier.
    tests::refuseCall(SYS_mmap, ENOMEM);
    for (int i = 0; i < 10; ++i) yield();
    done.set();
    int without = 0;
    for (const Ref<Thread>& thread : threads) {
      const Expected<void> ended = thread->join();
      if (ended.failed() && ended.error().detail() == ErrorDetail::memory) ++without;
    }
    EXPECT_GT(without, 0);
    EXPECT_EQ(refused, without);
  });
}

}  // namespace
}  // namespace troop
