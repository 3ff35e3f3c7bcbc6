// All are started, then all are joined; the time of one.
#include <vector>

#include "runtime/async/async.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

std::size_t count() {
  return size("SPAWN_N", 1'000'000);
}

// Who starts them is the first of those that the troop may have.
void spawnThreads() {
  inTroop(everyCpu, [] {
    const std::size_t threads = count();
    const Stopwatch watch;
    {
      Scope scope;
      for (std::size_t i = 1; i < threads; ++i) scope.thread([] {});
    }
    report("spawn", "spawn_join", watch.nanoseconds() / static_cast<double>(threads), "ns");
  });
}

// The same where somebody keeps a handle of each until all have been joined. Who starts them is in
// the root troop, so that the troop's default limit holds all of them.
void spawnThreadsWithHandles() {
  Process process;
  Ref<Troop> troop = process.troop({.name = "measured"});
  process.run([&troop] {
    const std::size_t threadsToStart = count();
    std::vector<Ref<Thread>> threads;
    threads.reserve(threadsToStart);
    const Stopwatch watch;
    for (std::size_t i = 0; i < threadsToStart; ++i) threads.push_back(troop->thread({}, [] {}));
    for (const Ref<Thread>& thread : threads) thread->join().value();
    report("spawn", "spawn_join_handles", watch.nanoseconds() / static_cast<double>(threadsToStart),
           "ns");
  });
}

void spawnTasks() {
  inTroop(everyCpu, [] {
    const std::size_t tasks = count();
    const Stopwatch watch;
    {
      Scope scope;
      for (std::size_t i = 0; i < tasks; ++i) scope.task([] {});
    }
    report("spawn", "spawn_join_tasks", watch.nanoseconds() / static_cast<double>(tasks), "ns");
  });
}

Async<void> nothing() {
  co_return;
}

void spawnCoroutines() {
  inTroop(everyCpu, [] {
    const std::size_t coroutines = count();
    const Stopwatch watch;
    {
      Scope scope;
      for (std::size_t i = 0; i < coroutines; ++i) scope.async(nothing());
    }
    report("spawn", "spawn_join_coroutines", watch.nanoseconds() / static_cast<double>(coroutines),
           "ns");
  });
}

}  // namespace

void runSpawn() {
  spawnThreads();
  spawnThreadsWithHandles();
  spawnTasks();
  spawnCoroutines();
}

}  // namespace troop::peers
