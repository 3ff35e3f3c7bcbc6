// A clock whose time passes when a test says so.
//
// Threads: any.
//
//   tests::DrivenClock clock;
//   const tests::UsesClock here(clock);
//   clock.advance(10ms);
#pragma once

#include <atomic>

#include "runtime/time.h"

namespace troop::tests {

class DrivenClock final : public Clock {
 public:
  explicit DrivenClock(Time begin = Time(1h)) noexcept : now_(begin.time_since_epoch().count()) {}
  Time now() const noexcept override { return Time(Duration(now_.load())); }
  void advance(Duration duration) noexcept { now_ += duration.count(); }

 private:
  std::atomic<Duration::rep> now_;
};

// While it exists, the calling OS thread has the time of `clock`.
class UsesClock {
 public:
  explicit UsesClock(const Clock& clock) noexcept { Clock::useOnThisThread(&clock); }
  ~UsesClock() { Clock::useOnThisThread(nullptr); }
  UsesClock(const UsesClock&) = delete;
  UsesClock& operator=(const UsesClock&) = delete;
};

}  // namespace troop::tests
