// All are alive and wait at one gate, then they are woken and joined. Peak, settled memory, page
// tables and seconds come from one run; the pause in which memory settles is not counted.
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

struct Gate {
  std::atomic<std::size_t> arrived{0};
  Event open;
};

void waitAt(Gate& gate) {
  gate.arrived.fetch_add(1, std::memory_order_relaxed);
  gate.open.wait();
}

Async<void> waitAtAsync(Gate* gate) {
  gate->arrived.fetch_add(1, std::memory_order_relaxed);
  co_await gate->open;
}

std::size_t count() {
  return size("MILLION_N", 1'000'000);
}

// From before the first is started to when the last has ended.
class Run {
 public:
  // All wait at the gate.
  void allStarted() {
    while (gate.arrived.load(std::memory_order_relaxed) < count()) sleep(1ms);
    seconds_ = starting_.seconds();
    sleep(std::chrono::milliseconds(size("MILLION_SETTLE_MS", 3000)));
    settled_ = memoryUse();
    ending_ = Stopwatch();
    gate.open.set();
  }

  // All have ended; `kind` ends the names of the metrics.
  void reportAll(const std::string& kind) const {
    report("million", "seconds" + kind, seconds_ + ending_.seconds(), "s");
    const auto each = [](double bytes) { return bytes / static_cast<double>(count()); };
    report("million", "rss_per_task" + kind, each(settled_.residentPeak - before_.residentPeak),
           "B");
    report("million", "settled_per_task" + kind, each(settled_.resident - before_.resident), "B");
    report("million", "page_tables_per_task" + kind, each(settled_.pageTables - before_.pageTables),
           "B");
  }

  Gate gate;

 private:
  const MemoryUse before_ = memoryUse();
  const Stopwatch starting_;
  double seconds_ = 0;
  MemoryUse settled_{};
  Stopwatch ending_;
};

void blockThreads(Troop& troop, Parked parked, const std::string& kind) {
  Run run;
  std::vector<Ref<Thread>> threads;
  threads.reserve(count());
  for (std::size_t i = 0; i < count(); ++i) {
    threads.push_back(troop.thread(
        {.name = {}, .parked = parked}, [](Gate* gate) { waitAt(*gate); },
        assumeSendable(&run.gate)));
  }
  run.allStarted();
  for (const Ref<Thread>& thread : threads) thread->join().value();
  run.reportAll(kind);
}

void measureThreads(Parked parked, const std::string& kind) {
  // Who starts them is in the root troop, so that the troop's default limit holds all of them.
  Process process;
  Ref<Troop> troop = process.troop({.name = "measured"});
  process.run([&] { blockThreads(*troop, parked, kind); });
}

void blockCoroutines() {
  Run run;
  {
    Scope scope;
    for (std::size_t i = 0; i < count(); ++i) scope.async(waitAtAsync(&run.gate));
    run.allStarted();
  }
  run.reportAll("_coroutines");
}

}  // namespace

void runMillion() {
  measureThreads(Parked::sharesStack, "");
}

void runMillionOwnStacks() {
  measureThreads(Parked::compacted, "_own_stacks");
}

void runMillionCoroutines() {
  inTroop(everyCpu, blockCoroutines);
}

}  // namespace troop::peers
