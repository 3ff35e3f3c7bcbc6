// A guest whose every instruction is in the hands of an attacker: it makes any host call with any
// arguments, guessed and real ones, with whatever in its memory. Nobody else may notice.
#include <gtest/gtest.h>

#include <memory>

#include "runtime/sim/sweep.h"
#include "runtime/testing/choices.h"
#include "tests/attack/arena.h"
#include "tests/attack/explorer.h"
#include "tests/fuzz/puppeteer.h"

namespace troop::tests {
namespace {

constexpr std::size_t choicesOfASeed = 6000;

TEST(CompromisedGuest, harmsNobodyWhateverItDoes) {
  Arena arena;
  sim::sweep([&](std::uint64_t seed) {
    const std::vector<std::uint8_t> bytes = bytesOfSeed(seed, choicesOfASeed);
    Choices choices(bytes);
    playPuppet(arena, choices);
  });
}

// That the one above tries what it says: the puppet gets through to the victim, and answers.
TEST(CompromisedGuest, doesWhatItIsTold) {
  Arena arena;
  std::uint64_t served = 0, made = 0;
  std::size_t lived = 0;
  constexpr std::uint64_t seeds = 20;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const std::vector<std::uint8_t> bytes = bytesOfSeed(seed, choicesOfASeed);
    Choices choices(bytes);
    const sandbox::Guest guest = arena.start({"tests/fuzz/puppet.wasm", "", {}}).value();
    for (int i = 0; i < 20; ++i) {
      if (choices.over()) break;
      const auto answer = guest.capability().call({1, 0}, stepsOf(choices));
      if (answer->wait(after(1ms)) == WaitResult::signalled && answer->result().succeeded()) {
        explore(answer->result().value());
      }
    }
    fprintf(stderr, "V %s made %lu served %lu\n", guest.verdict().text().c_str(),
            guest.usage().callsMade, guest.usage().callsServed);
    lived += guest.verdict().alive() ? 1 : 0;
    served += guest.usage().callsServed;
    made += guest.usage().callsMade;
    arena.end(guest);
  }
  EXPECT_GT(served, seeds / 2);
  EXPECT_GT(made, seeds * 4);
  EXPECT_GT(lived, 0u);
}

}  // namespace
}  // namespace troop::tests
