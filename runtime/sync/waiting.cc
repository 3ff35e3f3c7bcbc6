#include "runtime/sync/waiting.h"

#include "runtime/error.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"

namespace troop::sync {
void requireParks(const Waiter& waiter) {
  if (waiter.mayPark()) return;
  throw Error(ErrorKind::failed,
              "a coroutine waits with co_await only: see runtime/async/wait.h and "
              "runtime/async/monitor.h",
              ErrorDetail::none, Executed::no);
}

Interruption interruptionHere() noexcept {
  const Current* here = current();
  const bool tells = here != nullptr && here->task != nullptr && here->task->tellsByResult();
  return tells ? Interruption::deferred : Interruption::allowed;
}

void conclude(Waiter& waiter, WaitResult waited) {
  waiter.conclude(waited, never);
}

}  // namespace troop::sync
