// Threads that increment one counter, one at a time.
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

void runMutex() {
  notOffered("mutex", "increment", "a lock that Threads wait for");
}

}  // namespace troop::peers
