#include "proxy/payer.h"

#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::proxy {

Ref<Budget> callerBudget() {
  Thread* thread = Thread::current();
  return thread != nullptr ? thread->troop().memory() : nullptr;
}

}  // namespace troop::proxy
