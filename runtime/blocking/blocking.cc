#include "runtime/blocking/blocking.h"

#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/scheduler.h"

namespace troop {

BlockingRegion::BlockingRegion() noexcept {
  Current* here = current();
  if (here != nullptr && here->task != nullptr) here->scheduler->beginBlocking(*here);
}

BlockingRegion::~BlockingRegion() {
  Current* here = current();
  if (here == nullptr || here->task == nullptr || !here->scheduler->endBlocking(*here)) return;
  here->sliceIsOver = true;
  // A coroutine, which cannot, goes on until it awaits something.
  here->task->yield();
}

}  // namespace troop
