#include "runtime/sim/simulated-scheduler.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/sched/share.h"

namespace troop {

SimulatedScheduler::SimulatedScheduler(std::uint64_t seed)
    : Scheduler(1, 1, Next::drawn), osThread_(std::this_thread::get_id()), random_(seed) {
  context_.scheduler = this;
}

SimulatedScheduler::~SimulatedScheduler() = default;

bool SimulatedScheduler::step() noexcept {
  if (ready_.empty()) {
    if (timers().next() == never) return false;
    now_ = std::max(now_, timers().next());
  }
  setCurrent(&context_);
  if (timers().next() <= now_) timers().run(now_);
  if (!ready_.empty()) {
    std::swap(ready_[draw(ready_.size())], ready_.back());
    Runnable& runnable = *ready_.back();
    ready_.pop_back();
    runSlice(runnable, context_);
    now_ += sliceCost;
    ++statistics_.slices;
    statistics_.busy += sliceCost;
  }
  setCurrent(nullptr);
  return true;
}

void SimulatedScheduler::enqueue(Runnable& runnable) noexcept {
  check(std::this_thread::get_id() == osThread_, "a simulation is woken by its own OS thread only");
  if (stopped_) return discard(runnable);
  ready_.push_back(&runnable);
}

bool SimulatedScheduler::whileQueued(Runnable& runnable,
                                     const std::function<void()>& look) noexcept {
  if (std::ranges::find(ready_, &runnable) == ready_.end()) return false;
  look();
  return true;
}

void SimulatedScheduler::drain() {
  while (anyLive()) {
    if (step() || (unstick_ && unstick_())) continue;
    const std::string waits = "everything ends when its troop was killed:" + describeWaits();
    checkFailed(waits.c_str(), std::source_location::current());
  }
}

void SimulatedScheduler::stop() noexcept {
  stopped_ = true;
  for (Runnable* runnable : std::exchange(ready_, {})) discard(*runnable);
  timers().dropCalls();
}

std::string SimulatedScheduler::describeWaits() {
  std::string report;
  for (const Ref<Share>& share : shares()) {
    share->forEach([&](Runnable& runnable) { runnable.describeWaits(report); });
  }
  return report;
}

}  // namespace troop
