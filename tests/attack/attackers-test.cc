// Every attacker, alone and all at once, beside a victim that it may call and a neighbour that it
// may not: what becomes of it, and that nobody else notices.
#include "tests/attack/attackers.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/attack/arena.h"

namespace troop::tests {

// For messages of the test.
// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
static void PrintTo(const Attacker& attacker, std::ostream* stream) {
  *stream << attacker.file;
}

namespace {

using namespace literals;
namespace fs = std::filesystem;

constexpr const char* bystanderFile = "tests/attack/modules/bystander.wat";

class Attackers : public testing::TestWithParam<Attacker> {
 protected:
  static void SetUpTestSuite() { arena_ = std::make_unique<Arena>(); }
  static void TearDownTestSuite() { arena_.reset(); }
  static std::unique_ptr<Arena> arena_;
};
std::unique_ptr<Arena> Attackers::arena_;

TEST_P(Attackers, getTheirVerdictAndHarmNobody) {
  const Attacker& attacker = GetParam();
  const Judgement judgement = arena_->judge(attacker);
  const std::string& verdict = judgement.verdict;
  EXPECT_TRUE(verdict.starts_with(attacker.verdict))
      << "expected: " << attacker.verdict << "\n     got: " << verdict;
  EXPECT_TRUE(isPlain(verdict)) << verdict;
  EXPECT_LE(verdict.size(), std::size_t{5} << 10);
  EXPECT_EQ(judgement.missing(attacker.evidence), "") << "heard:\n" << judgement.heard;
}

INSTANTIATE_TEST_SUITE_P(Each, Attackers, testing::ValuesIn(attackers()),
                         [](const auto& info) { return info.param.name(); });

// That each of them would be missed if it did nothing.
TEST(Evidence, isGivenByNobodyWhoDoesNothing) {
  Arena arena;
  const Judgement bystander = arena.judge({bystanderFile, "idle", {.wallPerCall = 100ms}});
  EXPECT_EQ(bystander.verdict, "idle");
  for (const Attacker& attacker : attackers()) {
    if (attacker.isAlive()) EXPECT_NE(bystander.missing(attacker.evidence), "") << attacker.file;
  }
}

TEST(AttackersTogether, harmNobody) {
  Arena arena;
  std::vector<sandbox::Guest> guests;
  for (const Attacker& attacker : attackers()) {
    Expected<sandbox::Guest> started = arena.start(attacker);
    if (started.succeeded()) guests.push_back(std::move(started).value());
  }
  for (int i = 0; i < 10; ++i) arena.expectOthersUnharmed();
  // Who served them has to let go of what they asked for, which takes long beside those that live.
  for (const sandbox::Guest& guest : guests) arena.kill(guest);
  for (const sandbox::Guest& guest : guests) arena.expectGone(guest);
  arena.expectOthersUnharmed();
}

TEST(AttackersFolder, hasNoFileThatNobodyRuns) {
  std::set<std::string> known;
  for (const Attacker& attacker : attackers()) {
    EXPECT_TRUE(known.insert(attacker.file).second) << attacker.file;
    EXPECT_TRUE(fs::exists(attacker.file)) << attacker.file;
  }
  known.insert(bystanderFile);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator("tests/attack")) {
    const std::string extension = entry.path().extension();
    if (extension != ".js" && extension != ".wat" && extension != ".wasm") continue;
    EXPECT_TRUE(known.contains(entry.path().string())) << entry.path();
  }
}

}  // namespace
}  // namespace troop::tests
