// Runs one workload on the runtime and prints what was measured, as every peer's program does.
// Sizes come from the environment; without them they are those of published figures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <string_view>

#include "tests/peers/troop/echo-load.h"
#include "tests/peers/troop/files/fio.h"
#include "tests/peers/troop/workloads.h"

namespace {

using namespace troop::peers;

struct Workload {
  std::string_view name;
  void (*run)();
};

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

// Runs it, and says what went wrong.
int report(std::string_view what, const std::function<void()>& run) {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "troop {}: {}\n", what, error.what());
    return 1;
  }
}

}  // namespace

int main(int argumentCount, char** arguments) {
  // For peers: echo-load PEER SERVER ARGUMENTS.
  if (argumentCount > 3 && std::string_view(arguments[1]) == "echo-load") {
    return report(arguments[1], [&] { loadEcho(arguments[2], "", arguments + 3); });
  }
  // files-load FIO.
  if (argumentCount == 3 && std::string_view(arguments[1]) == "files-load") {
    return report(arguments[1], [&] { loadFio(arguments[2]); });
  }
  const std::string_view wanted = argumentCount == 2 ? arguments[1] : "";
  const auto* const found =
      std::find_if(workloads.begin(), workloads.end(),
                   [&](const Workload& workload) { return workload.name == wanted; });
  if (found == workloads.end()) {
    fmt::print(stderr, "usage: troop WORKLOAD; there are");
    for (const Workload& workload : workloads) fmt::print(stderr, " {}", workload.name);
    fmt::print(stderr, "\n");
    return 2;
  }
  return report(wanted, found->run);
}
