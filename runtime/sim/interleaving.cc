#include "runtime/sim/interleaving.h"

#include "runtime/sched/waiter.h"

namespace troop::sim {

void interleavingPoint() noexcept {
  Waiter::ofCaller().giveWay();
}

}  // namespace troop::sim
