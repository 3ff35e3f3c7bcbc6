#include "runtime/sim/simulated-scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/share.h"
#include "runtime/sim/random-choices.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {

using sim::Actor;
using sim::Candidate;
using sim::ChoiceKind;

namespace {

// Once in so many primitives a Task gives way where that is drawn at random.
constexpr unsigned preemptionOneIn = 4;

std::string nameOf(const Runnable& runnable) {
  const auto* thread = dynamic_cast<const Thread*>(&runnable);
  return thread != nullptr ? fmt::format("Thread '{}'", thread->name()) : "a Runnable";
}

}  // namespace

// Its options: the scheduler's own_, then those in the queue, then `last`, if any.
class SimulatedScheduler::ReadyPoint final : public sim::Point {
 public:
  ReadyPoint(ChoiceKind kind, const SimulatedScheduler& scheduler, bool withQueue, Runnable* last,
             unsigned deviatesOneIn = 0)
      : Point(kind,
              scheduler.own_.size() + (withQueue ? scheduler.ready_.size() : 0) +
                  (last != nullptr ? 1 : 0),
              scheduler.running_, deviatesOneIn),
        scheduler_(scheduler),
        last_(last) {}

  Option option(std::size_t index) const noexcept {
    const std::size_t own = scheduler_.own_.size();
    if (index < own) return scheduler_.own_[index];
    if (index - own < scheduler_.ready_.size()) return {scheduler_.ready_[index - own], nullptr};
    return {last_, nullptr};
  }

  void candidates(std::size_t index, std::vector<Candidate>& into) const override {
    const Option option = this->option(index);
    auto* thread = dynamic_cast<Thread*>(option.runnable);
    const std::size_t before = into.size();
    const auto add = [&](const Task& task) {
      into.push_back({scheduler_.actorOf(*thread, &task), task.yieldedIn() == thread->slice_});
    };
    if (option.task != nullptr) {
      into.push_back({scheduler_.actorOf(*thread, option.task)});
    } else if (thread != nullptr) {
      forEachReady(*thread, add);
    }
    if (into.size() == before) into.push_back({scheduler_.actorOf(*option.runnable, nullptr)});
  }

 private:
  const SimulatedScheduler& scheduler_;
  Runnable* const last_;
};

SimulatedScheduler::SimulatedScheduler(std::shared_ptr<sim::ChoiceSource> choices,
                                       sim::Recorder* recorder)
    : Scheduler(1, 1, 0, Next::drawn),
      osThread_(std::this_thread::get_id()),
      choices_(std::move(choices)),
      recorder_(recorder) {
  context_.scheduler = this;
}

SimulatedScheduler::SimulatedScheduler(std::uint64_t seed)
    : SimulatedScheduler(std::make_shared<sim::RandomChoices>(seed)) {}

SimulatedScheduler::~SimulatedScheduler() = default;

bool SimulatedScheduler::step() noexcept {
  takeStrangers();
  if (ready_.empty()) {
    if (timers().next() == never) return false;
    now_ = std::max(now_, timers().next());
  }
  setCurrent(&context_);
  if (timers().next() <= now_) timers().run(now_);
  if (!ready_.empty()) {
    runSlice(takeNext(), context_);
    now_ += sliceCost;
    ++statistics_.slices;
    statistics_.busy += sliceCost;
  }
  setCurrent(nullptr);
  return true;
}

Runnable& SimulatedScheduler::takeNext() noexcept {
  auto next = std::find(ready_.begin(), ready_.end(), chosen_.runnable);
  if (next == ready_.end()) {
    own_.clear();
    chosen_.task = nullptr;
    next = ready_.begin() +
           static_cast<std::ptrdiff_t>(choose(ReadyPoint(ChoiceKind::next, *this, true, nullptr)));
  }
  chosen_.runnable = nullptr;
  gaveWay_ = false;
  begins_ = true;
  Runnable& runnable = **next;
  ready_.erase(next);
  return runnable;
}

bool SimulatedScheduler::drawPreemption() noexcept {
  Thread& thread = *context_.thread;
  running_ = actorOf(thread, context_.task);
  own_.assign({Option{&thread, context_.task}});
  forEachReady(thread, [&](Task& task) { own_.push_back({&thread, &task}); });
  const ReadyPoint point(ChoiceKind::preemption, *this, true, nullptr, preemptionOneIn);
  if (point.options() == 1) {
    // Nobody else is before the Thread has seen its news, or a timer has fired: between slices.
    endsSlice_ = thread.news_.load() || ++enteredAlone_ % enteredAloneMax == 0;
    return endsSlice_;
  }
  const std::size_t chosen = choose(point);
  if (chosen == 0) return false;
  chosen_ = point.option(chosen);
  gaveWay_ = true;
  return true;
}

bool SimulatedScheduler::sliceEnds() {
  if (std::exchange(endsSlice_, false)) return true;
  Thread& thread = *context_.thread;
  if (!std::exchange(gaveWay_, false)) {
    own_.clear();
    bool othersYielded = false;
    forEachReady(thread, [&](Task& task) {
      // Their turn comes in another slice.
      const bool yielded = task.yieldedIn() == thread.slice_;
      othersYielded = othersYielded || yielded;
      if (!yielded) own_.push_back({&thread, &task});
    });
    const ReadyPoint point(ChoiceKind::next, *this, true, othersYielded ? &thread : nullptr);
    chosen_ = point.option(choose(point));
  }
  if (chosen_.task == nullptr || chosen_.task->yieldedIn() == thread.slice_) return true;
  if (chosen_.runnable != &thread) return true;
  chosen_.runnable = nullptr;
  return false;
}

std::size_t SimulatedScheduler::drawTask(std::size_t ready) noexcept {
  if (!std::exchange(begins_, false) && sliceEnds()) return ready;
  if (ready == 1) return 0;
  Thread& thread = *context_.thread;
  own_.clear();
  std::size_t index = 0;
  std::size_t asked = 0;
  bool known = false;
  for (Task* task = thread.ready_.front(); task != nullptr; task = thread.ready_.after(*task)) {
    if (task == chosen_.task) {
      known = true;
      asked = index;
    }
    own_.push_back({&thread, task});
    ++index;
  }
  chosen_.task = nullptr;
  return known ? asked : choose(ReadyPoint(ChoiceKind::task, *this, false, nullptr));
}

std::size_t SimulatedScheduler::choose(const ReadyPoint& point) {
  std::size_t chosen = 0;
  if (point.options() > 1) {
    chosen = choices_->choose(point);
    check(chosen < point.options(), "a choice is one of those that there are");
    ++choicesMade_;
  }
  record(point.kind(), point.options(), chosen, point.option(chosen));
  return chosen;
}

void SimulatedScheduler::record(ChoiceKind kind, std::size_t options, std::size_t chosen,
                                Option who) {
  const Task* task = who.task;
  if (auto* thread = dynamic_cast<Thread*>(who.runnable); thread != nullptr && task == nullptr) {
    forEachReady(*thread, [&](const Task& ready) {
      if (task == nullptr) task = &ready;
    });
  }
  running_ = actorOf(*who.runnable, task);
  addStep(kind, options, chosen, task != nullptr ? task->what() : "");
}

std::size_t SimulatedScheduler::drawFault(ChoiceKind kind, std::size_t options,
                                          unsigned deviatesOneIn) {
  class FaultPoint final : public sim::Point {
   public:
    using Point::Point;
  };
  const std::size_t chosen = choices_->choose(FaultPoint(kind, options, running_, deviatesOneIn));
  check(chosen < options, "a choice is one of those that there are");
  ++choicesMade_;
  addStep(kind, options, chosen, "");
  return chosen;
}

std::size_t SimulatedScheduler::drawPart(ChoiceKind kind, std::size_t bytes, unsigned shortOneIn) {
  if (shortOneIn == 0 || bytes < 2) return bytes;
  switch (drawFault(kind, 4, shortOneIn)) {
    case 0:
      return bytes;
    case 1:
      return bytes / 2;
    case 2:
      return 1;
    default:
      return bytes - 1;
  }
}

void SimulatedScheduler::addStep(ChoiceKind kind, std::size_t options, std::size_t chosen,
                                 const char* waited) {
  const auto add = [this](std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15 + (hash_ >> 29);
  };
  add(options << 32 | chosen << 8 | static_cast<std::uint64_t>(kind));
  add(std::uint64_t{running_.thread} << 32 | running_.task);
  if (recorder_ == nullptr) return;
  recorder_->add({.kind = kind,
                  .options = static_cast<std::uint32_t>(options),
                  .chosen = static_cast<std::uint32_t>(chosen),
                  .actor = running_,
                  .waited = waited,
                  .when = now_});
}

Actor SimulatedScheduler::actorOf(const Runnable& runnable, const Task* task) const {
  const auto found = numbers_.find(&runnable);
  Actor actor{.thread = found != numbers_.end() ? found->second : 0};
  if (task != nullptr) {
    actor.task = task->id();
  } else if (const auto* thread = dynamic_cast<const Thread*>(&runnable);
             thread != nullptr && thread->first_ != nullptr) {
    actor.task = thread->ids_.load() + 1;  // which it will make when it runs
  }
  return actor;
}

template <typename F>
void SimulatedScheduler::forEachReady(Thread& thread, F function) {
  for (Task* task = thread.ready_.front(); task != nullptr; task = thread.ready_.after(*task)) {
    function(*task);
  }
  if (!thread.news_.load()) return;
  std::lock_guard lock(thread.mutex_);
  for (Task* task = thread.inbox_.front(); task != nullptr; task = thread.inbox_.after(*task)) {
    function(*task);
  }
}

void SimulatedScheduler::enqueue(Runnable& runnable) noexcept {
  if (std::this_thread::get_id() == osThread_) {
    // Only this OS thread writes it.
    return stopped_ ? discard(runnable) : queue(runnable);
  }
  std::unique_lock lock(strangersMutex_);
  if (stopped_) {
    lock.unlock();
    return discard(runnable);
  }
  strangers_.push_back(&runnable);
  if (stranger_.empty()) stranger_ = nameOf(runnable);
  strangersCame_.store(true);
}

void SimulatedScheduler::queue(Runnable& runnable) {
  if (runnable.slices() == 0) {
    numbers_[&runnable] = ++lastNumber_;
    if (recorder_ != nullptr) recorder_->addThread(nameOf(runnable));
  }
  ready_.push_back(&runnable);
}

bool SimulatedScheduler::whileQueued(Runnable& runnable,
                                     const std::function<void()>& look) noexcept {
  if (std::ranges::find(ready_, &runnable) == ready_.end()) return false;
  look();
  return true;
}

void SimulatedScheduler::takeStrangers() noexcept {
  if (!strangersCame_.exchange(false)) return;
  std::lock_guard lock(strangersMutex_);
  for (Runnable* runnable : std::exchange(strangers_, {})) queue(*runnable);
  seenStranger_ = stranger_;
}

void SimulatedScheduler::drain() {
  while (anyLive()) {
    if (step()) continue;
    const std::string waits = "everything ends when its troop was killed:" + describeWaits();
    checkFailed(waits.c_str(), std::source_location::current());
  }
}

void SimulatedScheduler::stop() noexcept {
  std::vector<Runnable*> strangers;
  {
    std::lock_guard lock(strangersMutex_);
    stopped_ = true;
    strangers.swap(strangers_);
  }
  if (outside_) outside_->end();
  for (Runnable* runnable : std::exchange(ready_, {})) discard(*runnable);
  for (Runnable* runnable : strangers) discard(*runnable);
  timers().dropCalls();
}

Outside* SimulatedScheduler::sleepIn(Ref<Outside> outside) {
  if (!outside_) outside_ = std::move(outside);
  return outside_.get();
}

std::string SimulatedScheduler::describeWaits() {
  std::string report;
  for (const Ref<Share>& share : shares()) {
    share->forEach([&](Runnable& runnable) { runnable.describeWaits(report); });
  }
  return report;
}

}  // namespace troop
