// Runs one workload on the runtime and prints what was measured, as every peer's program does.
// Sizes come from the environment; without them they are those of published figures.
#include <array>
#include <string_view>

#include "tests/peers/troop/echo-load.h"
#include "tests/peers/troop/files/fio.h"
#include "tests/peers/troop/program.h"
#include "tests/peers/troop/workloads.h"

namespace {

using namespace troop::peers;

constexpr std::array workloads{
    Workload{"switch", runSwitch},
    Workload{"spawn", runSpawn},
    Workload{"million", runMillion},
    Workload{"pingpong", runPingPong},
    Workload{"ring", runRing},
    Workload{"skynet", runSkynet},
    Workload{"mpsc", runMpsc},
    Workload{"mutex", runMutex},
    Workload{"shared_count", runSharedCount},
    Workload{"timers", runTimers},
    Workload{"blocking", runBlocking},
    Workload{"big", runBig},
    Workload{"chameneos", runChameneos},
    Workload{"philosophers", runPhilosophers},
    Workload{"bank", runBank},
    Workload{"bounded_buffer", runBoundedBuffer},
    Workload{"astar", runAStar},
    Workload{"apsp", runApsp},
    Workload{"echo", runEcho},
    Workload{"files", runFiles},
    Workload{"echo-raw", runEchoRaw},
    Workload{"echo-server", runEchoServer},
    Workload{"echo-raw-server", runEchoRawServer},
    Workload{"million-own-stacks", runMillionOwnStacks},
    Workload{"million-coroutines", runMillionCoroutines},
};

}  // namespace

int main(int argumentCount, char** arguments) {
  // For peers: echo-load PEER SERVER ARGUMENTS.
  if (argumentCount > 3 && std::string_view(arguments[1]) == "echo-load") {
    return reporting("troop echo-load", [&] { loadEcho(arguments[2], "", arguments + 3); });
  }
  // files-load FIO.
  if (argumentCount == 3 && std::string_view(arguments[1]) == "files-load") {
    return reporting("troop files-load", [&] { loadFio(arguments[2]); });
  }
  return runNamed("troop", workloads, argumentCount, arguments);
}
