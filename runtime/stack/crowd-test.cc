// Threads by the million: each waits on a guarded stack of its own, where the kernel guards as many
// as one asks for; what is documented for elsewhere, with that turned off.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/base/sanitizers.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace troop {
namespace {

// ThreadSanitizer knows of some thousand fibers.
constexpr std::size_t crowd = underSanitizer ? 1'000 : 20'000;

bool isLong() {
  const char* asked = std::getenv("TROOP_LONG");
  return asked != nullptr && std::string_view(asked) == "1";
}

// A line of /proc/self/status, in KiB.
std::size_t statusKib(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10);
  }
  return 0;
}

// Threads that wait until the gate opens.
class Crowd {
 public:
  // Throws what Troop::thread() throws.
  void start(ThreadOptions options = {}) {
    threads_.push_back(Process::current()->root().thread(
        std::move(options),
        [](Crowd* crowd) {
          crowd->waiting_.fetch_add(1);
          crowd->gate_.wait();
        },
        assumeSendable(this)));
  }
  void awaitAllWaiting() {
    while (waiting_.load() < threads_.size()) sleep(1ms);
  }
  void dismiss() {
    gate_.set();
    for (const Ref<Thread>& thread : threads_) EXPECT_TRUE(thread->join());
    threads_.clear();
  }
  std::size_t size() const noexcept { return threads_.size(); }

 private:
  std::vector<Ref<Thread>> threads_;
  std::atomic<std::size_t> waiting_{0};
  Event gate_;
};

// Whoever is joined may be on its way out of its carrier; however long that takes.
void awaitNothingLeft(const Process& process) {
  for (;;) {
    const ProcessCounts counts = process.counts();
    const std::size_t left =
        counts.runnables + counts.stacks + counts.timers + process.memory()->used();
    if (left == 0) return;
    std::this_thread::sleep_for(1ms);
  }
}

void startDismissAndCount(Process& process, std::size_t count) {
  process.run([&] {
    Crowd all;
    for (std::size_t i = 0; i < count; ++i) all.start();
    all.awaitAllWaiting();
    EXPECT_EQ(process.counts().stacks, count + 1);
    EXPECT_EQ(process.root().threads(), count + 1);
    all.dismiss();
  });
  awaitNothingLeft(process);
}

TEST(Crowd, waitsAtOnceOnStacksOfItsOwn) {
  Process process({.carriers = 2});
  startDismissAndCount(process, crowd);
}

TEST(Crowd, waitsAtOnceWhereTheKernelHasNoMarkers) {
  Process process({.carriers = 2, .guards = ProcessOptions::Guards::protectedPages});
  startDismissAndCount(process, std::min(crowd, StackPool::protectedGuardsMax() / 2));
}

// Whether it takes few enough Threads to reach what vm.max_map_count allows.
bool fewGuardsAllowed() {
  return StackPool::protectedGuardsMax() <= 2 * crowd;
}

TEST(Crowd, isRefusedBeyondWhatCanBeGuardedAndGoesOn) {
  if (!fewGuardsAllowed()) GTEST_SKIP() << "this kernel allows more mappings than Threads here";
  Process process({.carriers = 2, .guards = ProcessOptions::Guards::protectedPages});
  process.run([&] {
    Crowd all;
    try {
      while (all.size() <= StackPool::protectedGuardsMax()) all.start();
      ADD_FAILURE() << "all had guards";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::overloaded);
      EXPECT_EQ(error.detail(), ErrorDetail::quota);
      EXPECT_NE(error.reason().find("vm.max_map_count"), std::string::npos);
    }
    EXPECT_GT(all.size(), StackPool::protectedGuardsMax() / 10 * 9);
    all.awaitAllWaiting();
    all.dismiss();
  });
  startDismissAndCount(process, 100);
}

TEST(Crowd, hasStacksWithoutGuardsBeyondThatWhereTheyWereAllowed) {
  if (!fewGuardsAllowed()) GTEST_SKIP() << "this kernel allows more mappings than Threads here";
  Process process({.carriers = 2,
                   .guards = ProcessOptions::Guards::protectedPages,
                   .beyondGuards = ProcessOptions::BeyondGuards::unguardedStacks});
  startDismissAndCount(process, StackPool::protectedGuardsMax() + 1000);
}

// Figures of this run, for docs/decisions.
void report(const char* what, std::size_t count, Time since) {
  const auto seconds = std::chrono::duration<double>(now() - since).count();
  const auto each = [&](std::string_view field) { return statusKib(field) * 1024 / count; };
  fmt::print("{:10} {:7.2f} s, bytes each: {} resident, {} at most, {} of page tables\n", what,
             seconds, each("VmRSS"), each("VmHWM"), each("VmPTE"));
}

TEST(Crowd, isAMillionWhichIsCompactedWhileItWaits) {
  // ThreadSanitizer knows some 8,000 fibers at a time.
  if (underSanitizer) GTEST_SKIP() << "a sanitizer keeps more of each than this machine has";
  if (!isLong()) GTEST_SKIP() << "takes 5 GB, and minutes: TROOP_LONG=1";
  constexpr std::size_t million = 1'000'000;
  Process process({.carriers = 2});
  process.run([&] {
    const Time began = now();
    Crowd all;
    for (std::size_t i = 0; i < million; ++i) all.start({.parked = Parked::compacted});
    all.awaitAllWaiting();
    report("waiting", million, began);
    while (process.compactedThreads() < million) sleep(10ms);
    report("compacted", million, began);
    const Time woken = now();
    all.dismiss();
    report("joined", million, woken);
  });
  awaitNothingLeft(process);
}

}  // namespace
}  // namespace troop
