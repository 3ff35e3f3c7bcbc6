#include <mutex>
#include <numeric>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/selection.h"
#include "runtime/deadlock/watch.h"
#include "runtime/sched/current.h"

namespace troop::async {
namespace {

constexpr const char* what = "one of several channels";

// Spreads consecutive numbers over all of 64 bits: the finalizer of SplitMix64.
std::uint64_t spread(std::uint64_t number) noexcept {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

}  // namespace

Selection::Selection(std::span<SelectCase* const> cases) noexcept
    : cases_(cases), timeCase_(cases.size()), chosen_(cases.size()) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i]->core_ == nullptr && cases[i]->when_ < deadline()) timeCase_ = i;
  }
}

Time Selection::deadline() const noexcept {
  return timeCase_ < cases_.size() ? cases_[timeCase_]->when_ : never;
}

// From a start and by a stride that has no divisor in common with their number, both drawn: of any
// two that are ready, each comes first equally often.
template <typename Visit>
void Selection::inDrawnOrder(Visit visit) {
  const std::size_t count = cases_.size();
  std::size_t at = draw_ % count;
  std::size_t stride = 1 + (draw_ >> 32) % count;
  while (std::gcd(stride, count) != 1) ++stride;
  for (std::size_t i = 0; i < count; ++i, at = (at + stride) % count) {
    if (cases_[at]->core_ != nullptr && !visit(at)) return;
  }
}

void Selection::look(Waiter& waiter) {
  // Counted for each wait: another draw each time, the same in each run of a simulation.
  draw_ = spread(waiter.begin(what));
  inDrawnOrder([&](std::size_t i) {
    SelectCase& one = *cases_[i];
    std::lock_guard lock(ChannelAccess::mutex(*one.core_));
    one.found_ = ChannelAccess::look(*one.core_, one.side_);
    if (one.found_ == Found::nothing) return true;
    chosen_ = i;
    return false;
  });
  if (!chosen() && timeCase_ < cases_.size() && deadline() <= now()) chosen_ = timeCase_;
  if (chosen()) waiter.claim();
}

// What it waits for is read by who searches for deadlocks, where its Task takes part in that.
void Selection::tellChannels() const noexcept {
  const Current* here = current();
  if (here == nullptr || here->task == nullptr || !here->task->declaresEnds()) return;
  deadlock::Watch::endsOf(*here->task).selects(*here->task, listed_);
}

bool Selection::list(Waiter& waiter) {
  nodes_ = std::make_unique<WaitNode[]>(cases_.size());
  bool waits = true;
  inDrawnOrder([&](std::size_t i) {
    SelectCase& one = *cases_[i];
    std::lock_guard lock(ChannelAccess::mutex(*one.core_));
    if (!ChannelAccess::ready(*one.core_, one.side_)) {
      ChannelAccess::waiting(*one.core_, one.side_).add(nodes_[i], waiter);
      ++listed_;
      return true;
    }
    // Where another channel has signalled us already, what is ready here is for others.
    if (waiter.claim()) {
      one.found_ = ChannelAccess::look(*one.core_, one.side_);
      chosen_ = i;
      waits = false;
    }
    return false;
  });
  if (waits) tellChannels();
  return waits;
}

void Selection::unlist() noexcept {
  if (listed_ == 0) return;
  inDrawnOrder([&](std::size_t i) {
    SelectCase& one = *cases_[i];
    std::lock_guard lock(ChannelAccess::mutex(*one.core_));
    ChannelAccess::waiting(*one.core_, one.side_).remove(nodes_[i]);
    if (nodes_[i].signalled()) chosen_ = i;
    return --listed_ > 0;
  });
}

std::size_t Selection::conclude(Waiter& waiter, WaitResult result) {
  if (!chosen() && waiter.conclude(result, deadline()) == WaitResult::timedOut) {
    chosen_ = timeCase_;
  }
  if (chosen()) cases_[chosen_]->run();
  return chosen_;
}

std::size_t Selection::wait() {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  look(waiter);
  if (chosen()) return conclude(waiter, WaitResult::signalled);
  if (!waiter.mayPark()) return conclude(waiter, WaitResult::cancelled);
  WaitResult result = WaitResult::signalled;
  {
    struct Unlist {
      Selection& selection;
      ~Unlist() { selection.unlist(); }
    } const unlist{*this};
    if (list(waiter)) result = waiter.park(deadline(), Interruption::allowed);
  }
  return conclude(waiter, result);
}

void Selection::enter() {
  CoroutineTask& task = CoroutineTask::ofCaller();
  task.enter();
  look(task);
}

bool Selection::suspend(std::coroutine_handle<> leaf) {
  CoroutineTask& task = CoroutineTask::ofCaller();
  if (chosen()) return task.passBy(what, leaf);
  try {
    if (list(task)) return task.suspend(leaf, deadline(), Interruption::allowed);
    unlist();
  } catch (...) {
    unlist();
    throw;
  }
  return task.passBy(what, leaf);
}

std::size_t Selection::resume() {
  CoroutineTask& task = CoroutineTask::ofCaller();
  const WaitResult result = task.resumed();
  unlist();
  return conclude(task, result);
}

}  // namespace troop::async
