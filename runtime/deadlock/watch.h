// Has deadlocks searched for when somebody of a Process has waited for long.
//
// A wait that may be part of one arms a timer, unless it is armed; it is armed again while anybody
// waits. When it is due, waits are looked at where some have begun since the last time, for mostly
// a circle is closed by the wait in it that began last. What closes one otherwise, the end of a
// Scope or who was woken in vain, is found by looks that become rarer while nothing begins: after
// one period, two, four and so on. Where handles of channels take part (used-here-only.h) they do
// not become rarer than one in rareLooks periods, since waits for channels are not told when they
// begin. So where nobody waits it costs nothing.
//
// Ownership: the Process. Threads: any. Limits: none are searched for in simulated runs, which
// search when nothing is ready (runtime/sim/simulation.h). A look takes the carrier that the timer
// is due on, for some microseconds for every ten waits.
//
//   Watch::see(task);          // by a KnownWait of that Task
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runtime/deadlock/ends.h"
#include "runtime/deadlock/known-wait.h"
#include "runtime/process.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Task;

namespace deadlock {

struct WatchOptions {
  Duration period = forever;  // after which it looks; `forever`: never
  void (*report)(const char* text) = nullptr;
  ProcessOptions::LocksInDeadlock locks = ProcessOptions::LocksInDeadlock::waitOn;
};

class Watch {
 public:
  Watch(Process& process, WatchOptions options);

  // Of the Process of a Task.
  static void see(const Task& task) noexcept;
  static KnownWaits& waitsOf(const Task& task) noexcept;
  static Ends& endsOf(const Task& task) noexcept;
  static bool locksThrow(const Task& task) noexcept;
  // By a Task whose last wait ended as if cancelled, though it was not: throws Error (failed,
  // deadlock) where that was why.
  static void throwIfRefused(const Task& task);

  static KnownWaits& waitsOf(Process& process) noexcept;
  static Ends& endsOf(Process& process) noexcept;
  static bool isSimulated(Process& process) noexcept;

  // While it does not run.
  template <typename Visit>
  static void forEachTask(Thread& thread, Visit visit) {
    const List<Task, AllTasksTag>& tasks = Process::tasksOf(thread);
    for (const Task* task = tasks.front(); task != nullptr; task = tasks.after(*task)) {
      visit(*task);
    }
  }

  // How many timers it has armed: one or none.
  std::size_t timers() const noexcept { return armed_.load() ? 1 : 0; }

 private:
  static constexpr std::uint64_t rareLooks = 16;

  static Watch& of(const Task& task) noexcept;
  void arm() noexcept;
  void look() noexcept;

  Process& process_;
  const WatchOptions options_;
  KnownWaits waits_;
  Ends ends_;
  std::atomic<bool> armed_{false};
  std::uint64_t seen_ = 0;   // waits that had begun at the last look; of who looks
  std::uint64_t quiet_ = 0;  // looks since then, likewise
};

}  // namespace deadlock
}  // namespace troop
