#include "runtime/sync/caller.h"

#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/waiter.h"

namespace troop::sync {
namespace {

// Not inlined: see runtime/sched/current.cc.
[[gnu::noinline]] const void* osThread() noexcept {
  asm volatile("" ::: "memory");
  static thread_local const char place = 0;
  return &place;
}

}  // namespace

const void* callerIdentity() noexcept {
  const Current* here = current();
  if (here != nullptr && here->task != nullptr) return here->task;
  return osThread();
}

bool callerMayPark() noexcept {
  const Current* here = current();
  return here == nullptr || (here->waiter != nullptr && here->waiter->mayPark());
}

}  // namespace troop::sync
