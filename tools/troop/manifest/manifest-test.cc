#include "tools/troop/manifest/manifest.h"

#include <sys/stat.h>

#include <algorithm>
#include <random>
#include <string>

#include "tools/troop/manifest/testing/manifest-fixture.h"

namespace troop::manifest {
namespace {

TEST_F(ManifestTest, allMistakesAreToldAtOnceInTheirOrder) {
  EXPECT_EQ(
      problemsOf(R"([troop.one]
code = "missing.js"
limits = { memroy = "1M", cpu = "never" }
[troop.two]
grants.x = { troop = "three" }
weight = 0
[jobs]
)"),
      "troop.toml:2:8: no such file: 'missing.js'; 'code' is a file's path, relative to the "
      "manifest's folder\n"
      "troop.toml:3:12: unknown key 'memroy' in the limits of troop 'one'; did you mean 'memory'?\n"
      "troop.toml:3:33: 'never' of 'cpu' is no duration; a duration is text like \"50ms\", \"5s\" "
      "or \"2min\"\n"
      "troop.toml:4:8: troop 'two' has no 'code'; it names the file of the troop's code\n"
      "troop.toml:5:22: there is no troop 'three'; the troops are 'one' and 'two'\n"
      "troop.toml:6:10: 'weight' is 0 here; it must be from 1 to 10000\n"
      "troop.toml:7:2: unknown key 'jobs' in the manifest; did you mean 'job'?\n");
}

TEST_F(ManifestTest, ofVeryManyMistakesTheFirstHundredAreTold) {
  std::string text = "[troop.one]\ncode = \"plugin.js\"\n";
  for (int i = 0; i < 130; ++i) text += "strange" + std::to_string(i) + " = 1\n";
  const std::string problems = problemsOf(text);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 101);
  EXPECT_TRUE(problems.ends_with("troop.toml: and 30 more\n")) << problems;
}

TEST_F(ManifestTest, whatIsNoManifestAtAllIsRefused) {
  const auto problems = [&](const char* name) {
    try {
      readManifest(folder_ / name, interfaces);
      return std::string();
    } catch (const ManifestError& error) {
      return withoutFolder(error.reason());
    }
  };
  const std::string right = "; this command takes the path of a manifest, a plain file\n";
  EXPECT_EQ(problems("none.toml"), "none.toml:1:1: no such file" + right);
  EXPECT_EQ(problems("sub"), "sub:1:1: a folder, no file" + right);
  write("large.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(problems("large.toml"), "large.toml:1:1: larger than 1 MiB" + right);
  ASSERT_EQ(mkfifo((folder_ / "pipe.toml").c_str(), 0600), 0);
  EXPECT_EQ(problems("pipe.toml"), "pipe.toml:1:1: no plain file, but a pipe or a device" + right);
}

TEST_F(ManifestTest, aFolderWithAManifestIsNotTakenForIt) {
  write("sub/troop.toml", "");
  try {
    readManifest(folder_ / "sub", interfaces);
    FAIL() << "it was read";
  } catch (const ManifestError& error) {
    EXPECT_TRUE(
        withoutFolder(error.reason()).starts_with("sub:1:1: a folder, no file; did you mean '"))
        << error.reason();
    EXPECT_TRUE(error.reason().ends_with("sub/troop.toml'?\n")) << error.reason();
  }
}

TEST_F(ManifestTest, aTroopThatIsLikeAnotherHasWhatItDoesNotSayItself) {
  const Manifest manifest = read(R"([troop.one]
code = "plugin.js"
limits = { memory = "1M", calls = 7 }
weight = 9
restart = "on-death"
grants.log = {}
[troop]
two = { like = "one" }
three = { like = "two", weight = 10, limits = { memory = "2M" }, grants = {} }
)");
  const TroopEntry& two = *manifest.find("two");
  EXPECT_EQ(two.code, folder_ / "plugin.js");
  EXPECT_EQ(two.limits.memoryBytes, 1u << 20);
  EXPECT_EQ(two.limits.callsQueued, 7u);
  EXPECT_EQ(two.weight, 9u);
  EXPECT_EQ(two.restart.policy, Restart::Policy::onDeath);
  EXPECT_EQ(two.grants.size(), 1u);
  const TroopEntry& three = *manifest.find("three");
  EXPECT_EQ(three.weight, 10u);
  EXPECT_EQ(three.limits.memoryBytes, 2u << 20);
  EXPECT_EQ(three.limits.callsQueued, sandbox::Limits{}.callsQueued);
  EXPECT_TRUE(three.grants.empty());
}

TEST_F(ManifestTest, whatATroopIsLikeStandsAboveIt) {
  EXPECT_EQ(problemsOf("[troop.one]\nlike = \"two\"\ncode = \"plugin.js\"\n"
                       "[troop.two]\ncode = \"plugin.js\"\n"),
            "troop.toml:2:8: there is no troop 'two' above this one, which it could be like\n");
}

TEST_F(ManifestTest, codeThatIsMadeFirstIsFoundWhereItIsMade) {
  std::filesystem::create_directories(folder_ / "made" / "here");
  write("made/other.wasm", "");
  write("made/plugin.js", "not this one");
  const Manifest manifest = read(R"(built = "made/here"
[troop.one]
code = "../other.wasm"
[troop.two]
code = "plugin.js"
)");
  EXPECT_EQ(manifest.troops[0].code, folder_ / "made" / "other.wasm");
  EXPECT_EQ(manifest.troops[1].code, folder_ / "plugin.js");
  EXPECT_EQ(problemsOf("built = \"made\"\n[troop.one]\ncode = \"none.wasm\"\n"),
            "troop.toml:3:8: no such file: 'none.wasm', nor 'made/none.wasm'; 'code' is a file's "
            "path, relative to the manifest's folder; has it been built?\n");
}

TEST_F(ManifestTest, moreTroopsThanAProcessHostsAreRefused) {
  std::string text;
  for (int i = 0; i < 1001; ++i)
    text += "[troop.t" + std::to_string(i) + "]\ncode = \"plugin.js\"\n";
  EXPECT_EQ(problemsOf(text), "troop.toml:2001:8: more than 1000 troops\n");
}

// Whatever the bytes: a manifest or a list of problems, never anything else.
TEST_F(ManifestTest, damagedManifestsAreReadOrRefused) {
  const std::string whole = R"([troop.one]
code = "plugin.js"
serves = "job.capnp:Parser"
limits = { memory = "64M", cpu = "10s", calls = 7 }
grants.log = { rate = "8K/s" }
restart = { policy = "on-death", pause-min = "5ms" }
[troop.two]
code = "plugin.js"
grants.parser = { troop = "one", calls = 5 }
[job.documents]
documents = [{ file = "README.md" }]
)";
  const unsigned seed = 20260101;
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  unsigned refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text = whole;
    for (std::size_t edits = 1 + below(4); edits != 0; --edits) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, 1 + below(20));
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(40)));
          break;
        default:
          text.insert(at, 1, "[]{}=.\"\n,#'"[below(11)]);
          break;
      }
      if (text.empty()) text = "#";
    }
    try {
      read(text);
    } catch (const ManifestError& error) {
      EXPECT_TRUE(withoutFolder(error.reason()).starts_with("troop.toml:")) << "seed " << seed;
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000u);
}

constexpr Mistake fileMistakes[] = {
    {"noToml", "[troop.one\ncode = 1",
     "troop.toml:1:11: not TOML, in a table header: expected ']', saw '\\n'\n"},
    {"noUtf8", "[troop.one]\ncode = \"a\xff\xfe.js\"\n",
     "troop.toml:2:9: not TOML: its text must be UTF-8\n"},
    {"noQuotes", "[troop.one]\ncode = plugin.js\n",
     "troop.toml:2:8: not TOML, in a value: could not determine value type; text stands in quotes, "
     "like \"text\"\n"},
    {"duplicateKey", "[troop.one]\ncode = \"plugin.js\"\ncode = \"plugin.js\"\n",
     "troop.toml:3:8: not TOML, in a key-value pair: cannot redefine existing string 'code'; each "
     "may stand only once\n"},
    {"duplicateTroop", "[troop.one]\ncode = \"plugin.js\"\n[troop.one]\ncode = \"plugin.js\"\n",
     "troop.toml:3:1: not TOML, in a table header: cannot redefine existing table 'troop.one'; "
     "each may stand only once\n"},
    {"empty", "",
     "troop.toml:1:1: the manifest has no 'troop'; a manifest has a section "
     "[troop.NAME] for each troop\n"},
    {"noTroop", "\n[troop]\n", "troop.toml:2:2: no troop; [troop.NAME] begins one\n"},
    {"troopIsNoTable", "troop = 1\n",
     "troop.toml:1:9: 'troop' is a whole number here; a table like { key = value } is right\n"},
    {"wrongSection", "[trop.one]\ncode = \"plugin.js\"\n[troop.one]\ncode = \"plugin.js\"\n",
     "troop.toml:1:2: unknown key 'trop' in the manifest; did you mean 'troop'?\n"},
};

INSTANTIATE_TEST_SUITE_P(File, ManifestMistake, ::testing::ValuesIn(fileMistakes), mistakeName);

}  // namespace
}  // namespace troop::manifest
