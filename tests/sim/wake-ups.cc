// Mistakes of those who wait and those who wake.
#include <deque>
#include <utility>

#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sim/interleaving.h"
#include "runtime/task.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

using Jobs = Monitor<std::deque<int>>;

void put(const Jobs& jobs, int job) {
  jobs.enter(
      [](std::deque<int>& queue, Entered& inside, int what) {
        queue.push_back(what);
        inside.signal();
      },
      job);
}

// As a condition variable without a predicate: returns once it is signalled.
void waitOnce(Entered& inside) {
  bool woken = false;
  inside.wait([&woken] { return std::exchange(woken, true); });
}

// Looks for a job, and waits for one: what is put there between the two is signalled to nobody.
namespace lostWakeUp {

void takeBroken(Jobs jobs) {
  const bool none = jobs.enter([](const std::deque<int>& queue) { return queue.empty(); });
  if (none) jobs.enter([](std::deque<int>&, Entered& inside) { waitOnce(inside); });
  jobs.enter([](std::deque<int>& queue) { queue.pop_front(); });
}

void takeClean(Jobs jobs) {
  jobs.enter([](std::deque<int>& queue, Entered& inside) {
    inside.wait([&queue] { return !queue.empty(); });
    queue.pop_front();
  });
}

template <void (*take)(Jobs)>
void program() {
  const Jobs jobs = Jobs::make();
  Scope scope;
  scope.thread({"worker"}, take, jobs);
  scope.thread({"client"}, [](Jobs to) { put(to, 1); }, jobs);
}

}  // namespace lostWakeUp

// Who was woken believes that what it waited for is still so, and somebody else came first.
namespace stolenWakeUp {

void takeBroken(Jobs jobs) {
  jobs.enter([](std::deque<int>& queue, Entered& inside) {
    if (queue.empty()) waitOnce(inside);
    expect(!queue.empty(), "who was woken finds a job");
    queue.pop_front();
  });
}

template <void (*take)(Jobs)>
void program() {
  const Jobs jobs = Jobs::make();
  Scope scope;
  for (const char* worker : {"one", "two"}) scope.thread({worker}, take, jobs);
  scope.thread(
      {"client"},
      [](Jobs to) {
        put(to, 1);
        put(to, 2);
      },
      jobs);
}

}  // namespace stolenWakeUp

// Asks whether it is to stop, and then says that it can be woken for that: who stops it in between
// wakes nobody.
namespace missedCancellation {

struct Worker {
  bool toStop = false;
  bool sleeps = false;
  Event wakeUp;
};

void workBroken(Worker& worker) {
  if (worker.toStop) return;
  sim::interleavingPoint();
  worker.sleeps = true;
  worker.wakeUp.wait();
}

void workClean(Worker& worker) {
  worker.sleeps = true;
  sim::interleavingPoint();
  if (!worker.toStop) worker.wakeUp.wait();
}

template <void (*work)(Worker&)>
void program() {
  Worker worker;
  Scope scope;
  scope.task([&worker] { work(worker); });
  scope.task([&worker] {
    sim::interleavingPoint();
    worker.toStop = true;
    sim::interleavingPoint();
    if (worker.sleeps) worker.wakeUp.set();
  });
}

}  // namespace missedCancellation
}  // namespace

std::vector<Planted> plantedWakeUps() {
  return {
      {.name = "lost-wake-up",
       .mistake = "looks for a job and waits for one in two steps",
       .broken = lostWakeUp::program<lostWakeUp::takeBroken>,
       .clean = lostWakeUp::program<lostWakeUp::takeClean>,
       .runsMax = {200, 200, 100}},
      {.name = "stolen-wake-up",
       .mistake = "does not look again when it is woken",
       .broken = stolenWakeUp::program<stolenWakeUp::takeBroken>,
       .clean = stolenWakeUp::program<lostWakeUp::takeClean>,
       .runsMax = {500, 5000, 200}},
      {.name = "missed-cancellation",
       .mistake = "asks whether to stop before it says that it sleeps",
       .broken = missedCancellation::program<missedCancellation::workBroken>,
       .clean = missedCancellation::program<missedCancellation::workClean>,
       .runsMax = {200, 200, 100}},
  };
}

}  // namespace troop::tests
