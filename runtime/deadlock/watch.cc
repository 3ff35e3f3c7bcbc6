#include "runtime/deadlock/watch.h"

#include <bit>
#include <cstdint>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/deadlock/known-wait.h"
#include "runtime/deadlock/search.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/scheduler.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::deadlock {

Watch::Watch(Process& process, WatchOptions options) : process_(process), options_(options) {}

Watch& Watch::of(const Task& task) noexcept {
  return *task.thread().troop().process().deadlocks_;
}

KnownWaits& Watch::waitsOf(const Task& task) noexcept {
  return of(task).waits_;
}

Ends& Watch::endsOf(const Task& task) noexcept {
  return of(task).ends_;
}

Ends& Watch::endsOf(Process& process) noexcept {
  return process.deadlocks_->ends_;
}

void Watch::throwIfRefused(const Task& task) {
  if (std::optional<Error> error = endsOf(task).refusal(task)) throw std::move(*error);
}

KnownWaits& Watch::waitsOf(Process& process) noexcept {
  return process.deadlocks_->waits_;
}

bool Watch::locksThrow(const Task& task) noexcept {
  return of(task).options_.locks == ProcessOptions::LocksInDeadlock::throwError;
}

bool Watch::isSimulated(Process& process) noexcept {
  return process.scheduler_->draws();
}

void Watch::see(const Task& task) noexcept {
  Watch& watch = of(task);
  if (watch.options_.period == forever || isSimulated(watch.process_)) return;
  if (!watch.armed_.load() && !watch.armed_.exchange(true)) watch.arm();
}

void Watch::arm() noexcept {
  Scheduler& scheduler = *process_.scheduler_;
  try {
    scheduler.timers().call(saturatingAdd(scheduler.now(), options_.period), [this] { look(); });
  } catch (...) {
    armed_.store(false);  // without memory for it, the next one that waits tries again
  }
}

void Watch::look() noexcept {
  const std::uint64_t begun = waits_.begun() + KnownWaits::ofOsThreads().begun();
  quiet_ = begun != seen_ ? 0 : quiet_ + 1;
  const bool isDue = quiet_ == 0 || std::has_single_bit(quiet_);
  if (isDue || (quiet_ % rareLooks == 0 && !ends_.empty())) {
    try {
      const std::vector<Found> found = search(process_, Then::breakIt);
      for (const Found& one : found) options_.report(one.report.c_str());
      // Where there was one there may be others behind it.
      if (found.empty()) seen_ = begun;
    } catch (const std::bad_alloc&) {
      // Another time, when there is memory for it.
    }
  }
  // Who begins to wait after this arms it; who has begun before is seen here.
  armed_.store(false);
  if ((!waits_.empty() || !ends_.empty()) && !armed_.exchange(true)) arm();
}

}  // namespace troop::deadlock
