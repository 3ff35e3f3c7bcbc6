// All are alive and wait at one gate, then they are woken and joined. Peak, settled memory, page
// tables and seconds come from one run; the pause in which memory settles is not counted.
#include <atomic>
#include <vector>

#include "runtime/event.h"
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

void waitAt(Gate* gate) {
  gate->arrived.fetch_add(1, std::memory_order_relaxed);
  gate->open.wait();
}

void reportMemory(const MemoryUse& before, const MemoryUse& settled, std::size_t count) {
  const auto each = [count](double bytes) { return bytes / static_cast<double>(count); };
  report("million", "rss_per_task", each(settled.residentPeak - before.residentPeak), "B");
  report("million", "settled_per_task", each(settled.resident - before.resident), "B");
  report("million", "page_tables_per_task", each(settled.pageTables - before.pageTables), "B");
}

void blockAll(Troop& troop) {
  const std::size_t count = size("MILLION_N", 1'000'000);
  const Duration settling = std::chrono::milliseconds(size("MILLION_SETTLE_MS", 3000));
  Gate gate;
  std::vector<Ref<Thread>> threads;
  const MemoryUse before = memoryUse();
  const Stopwatch starting;
  threads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.push_back(
        troop.thread({.name = {}, .parked = Parked::compacted}, waitAt, assumeSendable(&gate)));
  }
  while (gate.arrived.load(std::memory_order_relaxed) < count) sleep(1ms);
  const double startSeconds = starting.seconds();

  sleep(settling);
  const MemoryUse settled = memoryUse();

  const Stopwatch ending;
  gate.open.set();
  for (const Ref<Thread>& thread : threads) thread->join().value();
  report("million", "seconds", startSeconds + ending.seconds(), "s");
  reportMemory(before, settled, count);
}

}  // namespace

void runMillion() {
  // Who starts them is in the root troop, so that the troop's default limit holds all of them.
  Process process;
  Ref<Troop> troop = process.troop({.name = "measured"});
  process.run([&troop] { blockAll(*troop); });
  for (const char* metric : {"seconds_coroutines", "rss_per_task_coroutines"}) {
    notOffered("million", metric, "coroutines as Tasks");
  }
}

}  // namespace troop::peers
