#include "runtime/sched/timers.h"

#include <mutex>
#include <thread>
#include <utility>

#include "runtime/base/pause.h"
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

void Timers::arm(Timer& timer, Time when, Time now) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (!add(timer, when, now)) return;
  }
  scheduler_.timersMovedForward();
}

void Timers::disarm(Timer& timer) noexcept {
  // Acquire: what due() has done is before what follows.
  if (timer.fired_.load(std::memory_order_acquire)) return;
  std::lock_guard lock(mutex_);
  if (timer.armed()) remove(timer);
}

TimerId Timers::call(Time when, std::function<void()> function) {
  const std::uint64_t id = ++ids_;
  auto call = std::make_unique<Call>(*this, id, std::move(function));
  const Time now = scheduler_.now();
  {
    std::lock_guard lock(mutex_);
    if (!add(*calls_.emplace(id, std::move(call)).first->second, when, now)) {
      return TimerId{id};
    }
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
  remove(*cancelled);
  return true;
}

void Timers::dropCalls() noexcept {
  // Destroyed without the lock: a function may own anything, also what keeps the scheduler of these
  // timers.
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> dropped;
  std::lock_guard lock(mutex_);
  for (const auto& [id, call] : calls_) wheel_.remove(*call);
  dropped.swap(calls_);
  publish();
}

std::size_t Timers::armed() {
  std::lock_guard lock(mutex_);
  return wheel_.count();
}

void Timers::run(Time now) noexcept {
  if (!beginRun()) return;
  // Others who arm theirs get their turn.
  constexpr unsigned firedUnderLock = 16;
  std::unique_lock lock(mutex_);
  for (unsigned fired = 1;; ++fired) {
    std::unique_ptr<Call> call;
    if (Timer* timer = wheel_.takeDue(now)) {
      timer->due();
      call = std::move(dueCall_);
      // Last of all: who waited may be gone then.
      timer->fired_.store(true, std::memory_order_release);
      if (!call && fired % firedUnderLock != 0) continue;
    } else if (!wheel_.isMoving()) {
      break;
    }
    publish();
    lock.unlock();
    if (!call) {
      // Who spins for the lock gets it then: the line takes its time to another CPU.
      for (int round = 0; round < 8; ++round) pauseProcessor();
    } else {
      scheduler_.timerCalls();
      // It may take long, and others are due.
      endRun();
      call->call();
      call.reset();
      if (!beginRun()) return;
    }
    lock.lock();
  }
  publish();
  lock.unlock();
  endRun();
}

bool Timers::beginRun() noexcept {
  // Acquire and release: as with a lock.
  if (!runs_.load(std::memory_order_relaxed) && !runs_.exchange(true, std::memory_order_acquire)) {
    return true;
  }
  // It may be one that the kernel has put aside.
  std::this_thread::yield();
  return false;
}

void Timers::endRun() noexcept {
  runs_.store(false, std::memory_order_release);
}

bool Timers::add(Timer& timer, Time when, Time now) noexcept {
  timer.fired_.store(false, std::memory_order_relaxed);
  wheel_.comeTo(now);
  wheel_.add(timer, when);
  if (when >= next()) return false;
  publish();
  return true;
}

void Timers::remove(Timer& timer) noexcept {
  wheel_.remove(timer);
  publish();
}

void Timers::publish() noexcept {
  const Duration::rep next = wheel_.next().time_since_epoch().count();
  if (next_.load(std::memory_order_relaxed) != next) next_.store(next, std::memory_order_seq_cst);
}

}  // namespace troop
