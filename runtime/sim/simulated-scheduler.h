// The scheduler of a simulated run: every choice is drawn from one seed, and time is virtual.
//
// Ownership: the run. Threads: the one that made it.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedScheduler final : public Scheduler {
 public:
  explicit SimulatedScheduler(std::uint64_t seed);
  ~SimulatedScheduler() override;

  // What slices report as theirs.
  void setProcess(Process* process) noexcept { context_.process = process; }

  // What drain() asks where nothing will ever happen: whether something does nevertheless.
  void whenNothingIsReady(std::function<bool()> unstick) noexcept { unstick_ = std::move(unstick); }

  // Runs due timers and one slice; where nothing is ready, goes on to the time of the next timer.
  // False when there is neither: nothing will ever happen.
  bool step() noexcept;

  Time now() const noexcept override { return now_; }
  void enqueue(Runnable& runnable) noexcept override;
  void becameActive(Share&) noexcept override {}
  // Places are drawn here, not waited for.
  void moveUp(Runnable&, Share&) noexcept override {}
  bool sliceOver(Time) noexcept override { return oneIn(2); }
  std::size_t drawTask(std::size_t ready) noexcept override { return draw(ready); }
  void resize(unsigned) noexcept override {}  // it has one
  void drain() override;
  void stop() noexcept override;
  std::vector<CarrierStatistics> statistics() const override { return {statistics_}; }
  bool whileQueued(Runnable&, const std::function<void()>& look) noexcept override;

  // What every Task waits for, a line each.
  std::string describeWaits();

 private:
  bool drawPreemption() noexcept override { return oneIn(4); }
  void timersMovedForward() noexcept override {}
  Duration cost(Duration) const noexcept override { return sliceCost; }

  std::uint64_t draw(std::uint64_t count) noexcept { return random_() % count; }
  bool oneIn(unsigned count) noexcept { return draw(count) == 0; }

  // Long enough that a loop which waits for a time by yielding gets there.
  static constexpr Duration sliceCost = 1us;

  const std::thread::id osThread_;
  std::mt19937_64 random_;
  Time now_{1h};  // so that a time some way back is not negative
  Current context_;
  std::vector<Runnable*> ready_;
  CarrierStatistics statistics_;
  std::function<bool()> unstick_;
  bool stopped_ = false;
};

}  // namespace troop
