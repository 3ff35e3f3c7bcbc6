// Has deadlocks searched for when somebody of a Process has waited for long.
//
// A wait that may be part of one arms a timer, unless it is armed; it is armed again while anybody
// waits. When it is due, waits are looked at where some have begun since the last time, for mostly
// a circle is closed by the wait in it that began last. What closes one otherwise, the end of a
// Scope or who was woken in vain, is found by looks that become rarer while nothing begins: after
// one period, two, four and so on. So where nobody waits it costs nothing.
//
// Ownership: the Process. Threads: any. Limits: none are searched for in simulated runs, which
// search when nothing is ready (runtime/sim/simulation.h).
//
//   Watch::see(task);          // by a KnownWait of that Task
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;
class Scheduler;
class Task;

namespace deadlock {

class Watch {
 public:
  // Looks `period` after a wait has begun; `forever`: never.
  Watch(Scheduler& scheduler, Duration period, void (*report)(const char* text));

  static void see(const Task& task) noexcept;

  // How many timers it has armed: one or none.
  std::size_t timers() const noexcept { return armed_.load() ? 1 : 0; }

 private:
  void arm() noexcept;
  void look() noexcept;

  Scheduler& scheduler_;
  const Duration period_;
  void (*const report_)(const char* text);
  std::atomic<bool> armed_{false};
  std::uint64_t seen_ = 0;   // the wait that began last, as of the last look; of who looks
  std::uint64_t quiet_ = 0;  // looks since then, likewise
};

}  // namespace deadlock
}  // namespace troop
