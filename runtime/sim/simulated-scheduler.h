// The scheduler of a simulated run: every choice is made by one source, and time is virtual.
//
// Where a Task enters a primitive, and where one has left, the source is asked who goes on: of the
// ready Tasks of the Thread that runs, in turn, then of the other Runnables, first come first. A
// slice goes on while Tasks of its Thread do.
//
// Ownership: the run. Threads: the one that made it; a wake() by another one is carried out, and
// told by stranger().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/sched/scheduler.h"
#include "runtime/sim/choice-source.h"
#include "runtime/sim/trace.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedScheduler final : public Scheduler {
 public:
  // `recorder`, which outlives the run, may be null.
  explicit SimulatedScheduler(std::shared_ptr<sim::ChoiceSource> choices,
                              sim::Recorder* recorder = nullptr);
  // Drawn at random.
  explicit SimulatedScheduler(std::uint64_t seed);
  ~SimulatedScheduler() override;

  // What slices report as theirs.
  void setProcess(Process* process) noexcept { context_.process = process; }

  // Runs due timers and one slice; where nothing is ready, goes on to the time of the next timer.
  // False when there is neither: nothing will ever happen.
  bool step() noexcept;

  // At a point that is about something else than who goes on: one of `options`, of which option 0
  // is nothing special. A deviation is drawn once in `deviatesOneIn` times; 0: all are equally
  // likely.
  std::size_t drawFault(sim::ChoiceKind kind, std::size_t options, unsigned deviatesOneIn);
  // How many of `bytes` are moved at once: all, but fewer once in `shortOneIn` times; 0: never.
  std::size_t drawPart(sim::ChoiceKind kind, std::size_t bytes, unsigned shortOneIn);

  // The run is over: what comes yet is not recorded.
  void stopNoting() noexcept { recorder_ = nullptr; }

  // What another OS thread has woken, before the last step; empty where none did.
  const std::string& stranger() const noexcept { return seenStranger_; }

  // How many choices there were.
  std::uint64_t choicesMade() const noexcept { return choicesMade_; }
  // Of all steps: runs that differ have another one.
  std::uint64_t hash() const noexcept { return hash_; }

  Time now() const noexcept override { return now_; }
  void enqueue(Runnable& runnable) noexcept override;
  void becameActive(Share&) noexcept override {}
  // Places are chosen here, not waited for.
  void moveUp(Runnable&, Share&) noexcept override {}
  bool sliceOver(Time) noexcept override { return false; }  // drawTask() sees to it
  std::size_t drawTask(std::size_t ready) noexcept override;
  void resize(unsigned) noexcept override {}  // it has one
  void drain() override;
  void stop() noexcept override;
  std::vector<CarrierStatistics> statistics() const override { return {statistics_}; }
  Outside* outside() const noexcept override { return outside_.get(); }
  Outside* sleepIn(Ref<Outside> outside) override;
  bool whileQueued(Runnable&, const std::function<void()>& look) noexcept override;

  // What every Task waits for, a line each.
  std::string describeWaits();

 private:
  class ReadyPoint;
  // A way to go on.
  struct Option {
    Runnable* runnable;
    Task* task;  // null: whichever of its is ready
  };

  bool drawPreemption() noexcept override;
  void timersMovedForward() noexcept override {}
  Duration cost(Duration) const noexcept override { return sliceCost; }

  void queue(Runnable& runnable);
  void takeStrangers() noexcept;
  Runnable& takeNext() noexcept;
  bool sliceEnds();
  // Asks where there is a choice, and remembers who was chosen.
  std::size_t choose(const ReadyPoint& point);
  void record(sim::ChoiceKind kind, std::size_t options, std::size_t chosen, Option who);
  // Who is meant is running_, which waited for that.
  void addStep(sim::ChoiceKind kind, std::size_t options, std::size_t chosen, const char* waited);
  sim::Actor actorOf(const Runnable& runnable, const Task* task) const;
  // Calls function(task) for each Task of `thread` that is ready.
  template <typename F>
  static void forEachReady(Thread& thread, F function);

  // Long enough that a loop which waits for a time by yielding gets there.
  static constexpr Duration sliceCost = 1us;
  // So many primitives a Task enters in a slice while nobody else is ready.
  static constexpr unsigned enteredAloneMax = 64;

  const std::thread::id osThread_;
  const std::shared_ptr<sim::ChoiceSource> choices_;
  sim::Recorder* recorder_;
  std::uint64_t choicesMade_ = 0;
  std::uint64_t hash_ = 0;
  Time now_{1h};  // so that a time some way back is not negative
  Current context_;
  std::vector<Runnable*> ready_;  // first come first
  // When each was woken first; one that has ended leaves its number to nobody.
  std::unordered_map<const Runnable*, std::uint32_t> numbers_;
  std::uint32_t lastNumber_ = 0;
  sim::Actor running_;
  // Who was chosen to go on, as far as that has not happened yet.
  Option chosen_{};
  bool gaveWay_ = false;    // the running Task, to that one
  bool begins_ = false;     // a slice, of which no Task was chosen yet
  bool endsSlice_ = false;  // as the running Task gave way to nobody
  unsigned enteredAlone_ = 0;
  std::vector<Option> own_;  // of the point that is asked about
  CarrierStatistics statistics_;
  Ref<Outside> outside_;  // null where the run has no network
  std::string seenStranger_;

  std::atomic<bool> strangersCame_{false};
  std::mutex strangersMutex_;  // protects all below
  std::vector<Runnable*> strangers_;
  std::string stranger_;  // the first
  bool stopped_ = false;
};

}  // namespace troop
