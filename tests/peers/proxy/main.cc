// Measures calls between troops, and prints what was measured, as every peer's program does. Sizes
// come from the environment.
#include <array>

#include "tests/peers/proxy/workloads.h"
#include "tests/peers/troop/program.h"

int main(int argumentCount, char** arguments) {
  using namespace troop::peers;
  constexpr std::array workloads{
      Workload{"pingpong", runCalls},    Workload{"membrane", runMembrane},
      Workload{"message", runMessages},  Workload{"capability", runCapabilities},
      Workload{"inflight", runInFlight}, Workload{"guest", runGuests},
  };
  return runNamed("proxy", workloads, argumentCount, arguments);
}
