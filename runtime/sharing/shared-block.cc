#include "runtime/sharing/shared-block.h"

#include "runtime/troop.h"

namespace troop {

Charge chargeCaller(std::size_t bytes) {
  const Troop* troop = Troop::current();
  if (troop == nullptr) return {};
  return troop->memory()->charge(bytes).value();
}

}  // namespace troop
