// A troop has limits of its own, and dies alone.
#include <cstdio>
#include <memory_resource>
#include <vector>

#include "runtime/process.h"
#include "runtime/task.h"

namespace {

void greedy() {
  std::pmr::vector<std::pmr::vector<char>> all(&troop::Troop::current()->heap());
  for (;;) {
    all.emplace_back(std::size_t{1} << 20);
    troop::yield();
  }
}

void endless() {
  for (;;) troop::yield();
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  using namespace troop::literals;
  troop::Process process;

  // Allocating beyond the limit throws, in the troop that asked and only there.
  const auto memory =
      process.troop({.name = "greedy", .memoryBytesMax = 16_MiB, .heap = troop::Heap::own});
  const troop::Expected<void> refused = memory->thread({"main"}, greedy)->join();
  std::printf("greedy: %s\n", refused.error().what());

  // Beyond a limit of CPU time the troop is killed: each of its Tasks unwinds at its next wait.
  const auto time = process.troop({.name = "endless", .cpuMax = 20ms});
  (void)time->thread({"main"}, endless)->join();
  std::printf("endless: %s\n", time->cause()->what());

  // Whoever has a reference may kill it, at any time.
  const auto idle = process.troop({.name = "idle"});
  const auto sleeper = idle->thread({"main"}, [] { troop::sleep(24h); });
  idle->kill(troop::Error(troop::ErrorKind::disconnected, "no longer needed"));
  (void)sleeper->join();
  std::printf("idle: %s, %zu Threads left\n", idle->cause()->what(), idle->threads());
  return 0;
}
