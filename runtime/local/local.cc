#include "runtime/local/local.h"

namespace troop {

std::size_t collectCycles() {
  return LocalHeap::ofCaller().collect();
}

}  // namespace troop
