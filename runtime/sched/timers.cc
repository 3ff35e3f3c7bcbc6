#include "runtime/sched/timers.h"

#include <utility>

#include "runtime/sched/scheduler.h"

namespace troop {

class Timers::Call final : public Timer {
 public:
  Call(Timers& timers, std::uint64_t id, std::function<void()> function)
      : timers_(timers), id_(id), function_(std::move(function)) {}

  void due() noexcept override {
    const auto entry = timers_.calls_.find(id_);
    timers_.dueCall_ = std::move(entry->second);
    timers_.calls_.erase(entry);
  }

  void call() noexcept { function_(); }

 private:
  Timers& timers_;
  const std::uint64_t id_;
  const std::function<void()> function_;
};

Timers::Timers(Scheduler& scheduler) : scheduler_(scheduler) {}

Timers::~Timers() = default;

void Timers::arm(Timer& timer, Time when) {
  {
    std::lock_guard lock(mutex_);
    insert(timer, when);
    if (timer.index_ != 0) return;
    publish();
  }
  scheduler_.timersMovedForward();
}

void Timers::disarm(Timer& timer) noexcept {
  std::lock_guard lock(mutex_);
  if (!timer.armed()) return;
  const bool first = timer.index_ == 0;
  erase(timer);
  if (first) publish();
}

TimerId Timers::call(Time when, std::function<void()> function) {
  std::uint64_t id;
  {
    std::lock_guard lock(mutex_);
    id = ++ids_;
    auto call = std::make_unique<Call>(*this, id, std::move(function));
    Call& timer = *calls_.emplace(id, std::move(call)).first->second;
    try {
      insert(timer, when);
    } catch (...) {
      calls_.erase(id);
      throw;
    }
    if (timer.index_ != 0) return TimerId{id};
    publish();
  }
  scheduler_.timersMovedForward();
  return TimerId{id};
}

bool Timers::cancel(TimerId id) {
  std::unique_ptr<Call> cancelled;  // destroyed without the lock: its function may own anything
  std::lock_guard lock(mutex_);
  const auto entry = calls_.find(static_cast<std::uint64_t>(id));
  if (entry == calls_.end()) return false;
  cancelled = std::move(entry->second);
  calls_.erase(entry);
  const bool first = cancelled->index_ == 0;
  erase(*cancelled);
  if (first) publish();
  return true;
}

void Timers::dropCalls() noexcept {
  // Destroyed without the lock: a function may own anything, also what keeps the scheduler of these
  // timers.
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> dropped;
  std::lock_guard lock(mutex_);
  for (const auto& [id, call] : calls_) erase(*call);
  dropped.swap(calls_);
  publish();
}

std::size_t Timers::armed() {
  std::lock_guard lock(mutex_);
  return heap_.size();
}

void Timers::run(Time now) noexcept {
  std::unique_lock lock(mutex_);
  while (!heap_.empty() && heap_.front()->when_ <= now) {
    Timer& timer = *heap_.front();
    erase(timer);
    timer.due();
    if (std::unique_ptr<Call> call = std::move(dueCall_)) {
      publish();
      lock.unlock();
      scheduler_.timerCalls();
      call->call();
      call.reset();
      lock.lock();
    }
  }
  publish();
}

bool Timers::earlier(const Timer& a, const Timer& b) const noexcept {
  return a.when_ != b.when_ ? a.when_ < b.when_ : a.order_ < b.order_;
}

void Timers::insert(Timer& timer, Time when) {
  heap_.push_back(nullptr);
  timer.when_ = when;
  timer.order_ = ++orders_;
  place(&timer, heap_.size() - 1);
  siftUp(timer.index_);
}

void Timers::erase(Timer& timer) noexcept {
  const std::size_t index = std::exchange(timer.index_, Timer::notArmed);
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(last, index);
  siftUp(index);
  siftDown(last->index_);
}

void Timers::place(Timer* timer, std::size_t index) noexcept {
  heap_[index] = timer;
  timer->index_ = index;
}

void Timers::siftUp(std::size_t index) noexcept {
  Timer* timer = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!earlier(*timer, *heap_[parent])) break;
    place(heap_[parent], index);
    index = parent;
  }
  place(timer, index);
}

void Timers::siftDown(std::size_t index) noexcept {
  Timer* timer = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && earlier(*heap_[child + 1], *heap_[child])) ++child;
    if (!earlier(*heap_[child], *timer)) break;
    place(heap_[child], index);
    index = child;
  }
  place(timer, index);
}

void Timers::publish() noexcept {
  const Time next = heap_.empty() ? never : heap_.front()->when_;
  next_.store(next.time_since_epoch().count(), std::memory_order_seq_cst);
}

}  // namespace troop
