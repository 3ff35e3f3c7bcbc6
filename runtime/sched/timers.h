// Timers in the order in which they are due: deadlines of waits, which cost no allocation, and
// functions to call, which cost one.
//
// Threads: any. The deadline of a wait fires under the lock, so that after remove() nothing of it
// runs any more; a function is called without it. Limits: memory. Resolution: carriers look between
// slices.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Scheduler;

enum class TimerId : std::uint64_t {};

// What has a time at which it is due. Derived classes are armed in at most one Timers at a time.
class Timer {
 public:
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const noexcept { return index_ != notArmed; }  // only for who arms it

 protected:
  Timer() = default;
  ~Timer() = default;

  // Called once when due, under the lock of the Timers: wakes somebody and returns.
  virtual void due() noexcept = 0;

 private:
  friend class Timers;
  static constexpr std::size_t notArmed = ~std::size_t{0};

  Time when_ = never;
  std::uint64_t order_ = 0;       // among timers due at the same time, the one armed first
  std::size_t index_ = notArmed;  // in the heap
};

class Timers {
 public:
  explicit Timers(Scheduler& scheduler);
  ~Timers();

  void arm(Timer& timer, Time when);

  // Afterwards due() is not running and will not run.
  void disarm(Timer& timer) noexcept;

  // Calls `function` once at `when`, on whoever runs the timers.
  TimerId call(Time when, std::function<void()> function);

  // True: the function will not run. False: it has run or is running.
  bool cancel(TimerId id);

  // Destroys all functions that were not called.
  void dropCalls() noexcept;

  // When the next one is due, `never` if there is none; without the lock.
  Time next() const noexcept { return Time(Duration(next_.load(std::memory_order_seq_cst))); }

  // How many are armed, calls among them.
  std::size_t armed();

  // Fires what is due at `now`; functions that throw end the program.
  void run(Time now) noexcept;

 private:
  class Call;

  bool earlier(const Timer& a, const Timer& b) const noexcept;
  void insert(Timer& timer, Time when);
  void erase(Timer& timer) noexcept;
  void place(Timer* timer, std::size_t index) noexcept;
  void siftUp(std::size_t index) noexcept;
  void siftDown(std::size_t index) noexcept;
  void publish() noexcept;

  Scheduler& scheduler_;
  std::atomic<Duration::rep> next_{never.time_since_epoch().count()};

  std::mutex mutex_;  // protects all below
  std::vector<Timer*> heap_;
  std::uint64_t orders_ = 0;
  std::uint64_t ids_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> calls_;
  std::unique_ptr<Call> dueCall_;  // taken from calls_ by due(), about to be called
};

}  // namespace troop
