#include "runtime/heap/charge-caller.h"

#include "runtime/sched/current.h"
#include "runtime/sched/share.h"

namespace troop {

Charge chargeCaller(std::size_t bytes) {
  const Current* here = current();
  Budget* payer = here != nullptr && here->share != nullptr ? here->share->payer() : nullptr;
  if (payer == nullptr) return {};
  return payer->charge(bytes).value();
}

}  // namespace troop
