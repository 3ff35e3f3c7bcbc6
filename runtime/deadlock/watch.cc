#include "runtime/deadlock/watch.h"

#include <bit>
#include <cstdint>
#include <new>
#include <vector>

#include "runtime/deadlock/known-wait.h"
#include "runtime/deadlock/search.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/scheduler.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::deadlock {

Watch::Watch(Scheduler& scheduler, Duration period, void (*report)(const char* text))
    : scheduler_(scheduler), period_(period), report_(report) {}

void Watch::see(const Task& task) noexcept {
  Watch& watch = *task.thread().troop().process().deadlocks_;
  if (watch.period_ == forever || watch.scheduler_.draws()) return;
  if (!watch.armed_.load() && !watch.armed_.exchange(true)) watch.arm();
}

void Watch::arm() noexcept {
  try {
    scheduler_.timers().call(saturatingAdd(scheduler_.now(), period_), [this] { look(); });
  } catch (...) {
    armed_.store(false);  // without memory for it, the next one that waits tries again
  }
}

void Watch::look() noexcept {
  const std::uint64_t last = KnownWaits::lastOrder();
  quiet_ = last != seen_ ? 0 : quiet_ + 1;
  if (quiet_ == 0 || std::has_single_bit(quiet_)) {
    try {
      const std::vector<Found> found = search(Then::breakIt);
      for (const Found& one : found) report_(one.report.c_str());
      // Where there was one there may be others behind it.
      if (found.empty()) seen_ = last;
    } catch (const std::bad_alloc&) {
      // Another time, when there is memory for it.
    }
  }
  // Who begins to wait after this arms it; who has begun before is seen here.
  armed_.store(false);
  bool somebodyWaits = false;
  KnownWaits::forEach([&](const KnownWaitRecord& record) {
    // Not Process::run(), as long as nobody else does.
    somebodyWaits |= record.task != nullptr || record.mayBreak == MayBreak::yes;
  });
  if (somebodyWaits && !armed_.exchange(true)) arm();
}

}  // namespace troop::deadlock
