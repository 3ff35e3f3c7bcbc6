// What attackers leave behind: after ten rounds of all of them the host holds no more memory than
// before, but for a megabyte.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/budget.h"
#include "tests/attack/arena.h"
#include "tests/attack/attackers.h"

namespace troop::tests {
namespace {

using namespace literals;

constexpr int roundsOfWarmth = 3;  // pools and caches come to their size
constexpr int rounds = 10;
constexpr std::size_t growthMax = 1_MiB;
// Spares come whenever carriers are stuck, as on a machine that has other work; of their OS threads
// the C library keeps the stacks.
constexpr std::size_t stacksOfSparesMax = 64 * 32_KiB;

struct Memory {
  std::size_t allocated = 0;  // by malloc, and not freed
  std::size_t resident = 0;   // pages that are ours alone, whoever has taken them
};

std::size_t anonymousBytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string name; file >> name;) {
    std::size_t kilobytes = 0;
    if (name == "Anonymous:" && file >> kilobytes) return kilobytes * 1024;
  }
  ADD_FAILURE() << "smaps_rollup does not say what is anonymous";
  return 0;
}

Memory memoryOfTheHost() {
  malloc_trim(0);
  const struct mallinfo2 info = mallinfo2();
  return {.allocated = info.uordblks + info.hblkhd, .resident = anonymousBytes()};
}

// As all attackers, but quick to reach their limits.
std::vector<Attacker> hurried() {
  std::vector<Attacker> all = attackers();
  for (Attacker& attacker : all) {
    sandbox::Limits& limits = attacker.limits;
    limits.cpuAtStart = limits.cpuPerCall = 20ms;
    limits.cpu = 100ms;
  }
  return all;
}

// Whether there is to be a guest at all.
bool isLetIn(const Attacker& attacker) {
  const std::string_view verdict = attacker.verdict;
  return !verdict.starts_with("not compiled") && !verdict.starts_with("not started");
}

void runAll(Arena& arena, const std::vector<Attacker>& all) {
  std::vector<sandbox::Guest> guests;
  for (const Attacker& attacker : all) {
    Expected<sandbox::Guest> started = arena.start(attacker);
    EXPECT_EQ(started.succeeded(), isLetIn(attacker)) << attacker.file;
    if (started.succeeded()) guests.push_back(std::move(started).value());
  }
  for (int i = 0; i < 3; ++i) arena.expectOthersUnharmed();
  for (const sandbox::Guest& guest : guests) arena.end(guest);
}

TEST(HostMemory, isTheSameAfterTenRoundsOfAllAttackers) {
  // Of several arenas malloc_trim() leaves what lies free at the end, as much as it may be.
  mallopt(M_ARENA_MAX, 1);
  Arena arena;
  const std::vector<Attacker> all = hurried();
  for (int round = 0; round < roundsOfWarmth; ++round) runAll(arena, all);
  const Memory before = memoryOfTheHost();
  Memory now;
  for (int round = 1; round <= rounds; ++round) {
    runAll(arena, all);
    now = memoryOfTheHost();
    std::cout << "round " << round << ": " << now.allocated / 1024 << " KiB allocated, "
              << now.resident / 1024 << " KiB resident; before: " << before.allocated / 1024 << ", "
              << before.resident / 1024 << "\n";
  }
  EXPECT_LE(now.allocated, before.allocated + growthMax);
  EXPECT_LE(now.resident, before.resident + growthMax + stacksOfSparesMax);
}

}  // namespace
}  // namespace troop::tests
