#include "runtime/blocking/pin.h"

#include <limits>

#include "runtime/base/check.h"
#include "runtime/sched/current.h"
#include "runtime/sched/scheduler.h"
#include "runtime/thread.h"

namespace troop {

Pin::Pin() noexcept : thread_(Thread::current()) {
  if (thread_ == nullptr) return;
  check(thread_->pins_ < std::numeric_limits<decltype(thread_->pins_)>::max(),
        "a Thread has no more Pins than it can count");
  if (thread_->pins_++ > 0) return;
  Current& here = *current();
  here.scheduler->pin(here);
}

Pin::~Pin() {
  if (thread_ == nullptr || --thread_->pins_ > 0) return;
  Current& here = *current();
  here.scheduler->unpin(here);
}

}  // namespace troop
