#include "tools/troop/manifest/manifest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>

namespace troop::manifest {
namespace {

constexpr JobInterfaces interfaces{0xc0de000000000001, 0xc0de000000000002};

constexpr std::string_view schema = R"(@0xd0c5000000000001;
interface Renderer @0xc0de000000000001 { render @0 (markdown :Text) -> (html :Text); }
interface Parser @0xc0de000000000003 extends(Renderer) { parse @0 () -> (); }
interface Outliner @0xc0de000000000002 { outline @0 () -> (); }
struct Box { interface Inside { open @0 () -> (); } }
)";

// A folder with a plugin, a schema and a document, where each test puts its manifest.
class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    std::string pattern = testing::TempDir() + "manifest-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    write("plugin.js", "export default {};");
    write("plugin.txt", "no code");
    write("job.capnp", schema);
    write("broken.capnp", "@0xd0c5000000000002;\ninterface Broken {\n  open @0 (\n}\n");
    write("README.md", "# hi");
    std::filesystem::create_directory(folder_ / "sub");
  }
  ~ManifestTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Manifest read(std::string_view text) {
    write("troop.toml", text);
    return readManifest(folder_ / "troop.toml", interfaces);
  }

  // What is wrong, without the folder's name; nothing where nothing is.
  std::string problemsOf(std::string_view text) {
    try {
      read(text);
      return "";
    } catch (const ManifestError& error) {
      return withoutFolder(error.reason());
    }
  }

  std::string withoutFolder(std::string text) const {
    const std::string prefix = folder_.native() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  std::filesystem::path folder_;
};

TEST_F(ManifestTest, aTroopHasDefaultsForAllButItsCode) {
  const Manifest manifest = read("[troop.one]\ncode = \"plugin.js\"\n");
  ASSERT_EQ(manifest.troops.size(), 1u);
  const TroopEntry& one = manifest.troops[0];
  EXPECT_EQ(one.name.value, "one");
  EXPECT_EQ(one.code, folder_ / "plugin.js");
  EXPECT_EQ(one.tier, Tier::wasm);
  EXPECT_FALSE(one.serves);
  EXPECT_EQ(one.limits.memoryBytes, sandbox::Limits{}.memoryBytes);
  EXPECT_TRUE(one.grants.empty());
  EXPECT_EQ(one.restart.policy, Restart::Policy::never);
  EXPECT_EQ(one.weight, 100u);
  EXPECT_FALSE(manifest.documents);
}

TEST_F(ManifestTest, everythingThatIsWrittenIsRead) {
  const Manifest manifest = read(R"(
[troop.one]
code = "plugin.js"
tier = "wasm"
serves = "job.capnp:Parser"
limits = { memory = "64M", stack = "256K", message = "1M", cpu = "10s", cpu-per-call = "50ms", wall-per-call = "1s", calls = 7, calls-made = 8, capabilities = 9 }
grants.log = { rate = "8K/s" }
grants.clock = {}
grants.random = {}
weight = 250
restart = { policy = "on-death", pause-min = "5ms", pause-max = "2s" }

[troop.two]
code = "plugin.js"
grants.parser = { troop = "one", calls = 5 }
restart = "on-death"
)");
  const TroopEntry* one = manifest.find("one");
  ASSERT_NE(one, nullptr);
  ASSERT_TRUE(one->serves);
  EXPECT_EQ(one->serves->name, "Parser");
  EXPECT_TRUE(one->serves->extends(0xc0de000000000003));
  EXPECT_TRUE(one->serves->extends(0xc0de000000000001));
  EXPECT_FALSE(one->serves->extends(0xc0de000000000002));
  EXPECT_EQ(one->limits.memoryBytes, 64u << 20);
  EXPECT_EQ(one->limits.stackBytes, 256u << 10);
  EXPECT_EQ(one->limits.messageBytes, 1u << 20);
  EXPECT_EQ(one->limits.cpu, 10s);
  EXPECT_EQ(one->limits.cpuPerCall, 50ms);
  EXPECT_EQ(one->limits.wallPerCall, 1s);
  EXPECT_EQ(one->limits.callsQueued, 7u);
  EXPECT_EQ(one->limits.callsMade, 8u);
  EXPECT_EQ(one->limits.capabilities, 9u);
  EXPECT_EQ(one->weight, 250u);
  EXPECT_EQ(one->restart.policy, Restart::Policy::onDeath);
  EXPECT_EQ(one->restart.pauseMin, 5ms);
  EXPECT_EQ(one->restart.pauseMax, 2s);
  ASSERT_EQ(one->grants.size(), 3u);
  EXPECT_EQ(std::get<LogGrant>(one->grants[0].permission).bytesPerSecond, 8192u);
  EXPECT_TRUE(std::holds_alternative<ClockGrant>(one->grants[1].permission));
  EXPECT_TRUE(std::holds_alternative<RandomGrant>(one->grants[2].permission));

  const TroopEntry* two = manifest.find("two");
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(two->restart.policy, Restart::Policy::onDeath);
  ASSERT_EQ(two->grants.size(), 1u);
  EXPECT_EQ(two->grants[0].name.value, "parser");
  const auto& granted = std::get<TroopGrant>(two->grants[0].permission);
  EXPECT_EQ(granted.troop.value, "one");
  EXPECT_EQ(granted.callsMax, 5u);
  EXPECT_EQ(manifest.find("three"), nullptr);
}

TEST_F(ManifestTest, troopsComeAfterThoseThatTheyAreGranted) {
  const Manifest manifest = read(R"(
[troop.a]
code = "plugin.js"
grants.c = { troop = "c" }
[troop.b]
code = "plugin.js"
[troop.c]
code = "plugin.js"
serves = "job.capnp:Parser"
)");
  std::string order;
  for (const TroopEntry& troop : manifest.troops) order += troop.name.value;
  EXPECT_EQ(order, "cab");
}

TEST_F(ManifestTest, aJobIsRead) {
  const Manifest manifest = read(R"(
[job.documents]
renderer = "one"
outliner = "two"
documents = [{ file = "README.md", weight = 3 }, { file = "sub/../README.md", weight = 1, sections-weight = 9 }]
load = 0.25
calibration = "200ms"
alone = "2s"
under-attack = "3s"
seed = 42
output = "rendered"
attackers = { bad = "killed: memory" }
[troop.one]
code = "plugin.js"
serves = "job.capnp:Parser"
[troop.two]
code = "plugin.js"
serves = "job.capnp:Outliner"
[troop.bad]
code = "plugin.js"
)");
  ASSERT_TRUE(manifest.documents);
  const DocumentsJob& job = *manifest.documents;
  EXPECT_EQ(job.renderer, "one");
  EXPECT_EQ(job.outliner, "two");
  ASSERT_EQ(job.documents.size(), 2u);
  EXPECT_EQ(job.documents[0].file, folder_ / "README.md");
  EXPECT_EQ(job.documents[0].weight, 3u);
  EXPECT_EQ(job.documents[0].sectionsWeight, 0u);
  EXPECT_EQ(job.documents[1].file, folder_ / "README.md");
  EXPECT_EQ(job.documents[1].sectionsWeight, 9u);
  EXPECT_DOUBLE_EQ(job.load, 0.25);
  EXPECT_EQ(job.calibration, 200ms);
  EXPECT_EQ(job.alone, 2s);
  EXPECT_EQ(job.underAttack, 3s);
  EXPECT_EQ(job.seed, 42u);
  EXPECT_EQ(job.output, folder_ / "rendered");
  ASSERT_EQ(job.attackers.size(), 1u);
  EXPECT_EQ(job.attackers[0].troop.value, "bad");
  EXPECT_EQ(job.attackers[0].verdict, "killed: memory");
}

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
      R"(troop.toml:2:8: no such file: 'missing.js'; 'code' is a file's path, relative to the manifest's folder
troop.toml:3:12: unknown key 'memroy' in the limits of troop 'one'; did you mean 'memory'?
troop.toml:3:33: 'never' of 'cpu' is no duration; a duration is text like "50ms", "5s" or "2min"
troop.toml:4:8: troop 'two' has no 'code'; it names the file of the troop's code
troop.toml:5:22: there is no troop 'three'; the troops are 'one' and 'two'
troop.toml:6:10: 'weight' is 0 here; it must be from 1 to 10000
troop.toml:7:2: unknown key 'jobs' in the manifest; did you mean 'job'?
)");
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
  EXPECT_EQ(problems("none.toml"),
            "none.toml:1:1: no such file; 'troop run' and 'troop check' take the path of a "
            "manifest\n");
  EXPECT_EQ(problems("sub"),
            "sub:1:1: no such file; 'troop run' and 'troop check' take the path of a manifest\n");
  write("large.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(problems("large.toml"), "large.toml:1:1: the file is over 1 MiB; a manifest is less\n");
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

// Each mistake alone: the manifest, and the whole of what is said about it.
struct Mistake {
  const char* name;
  const char* manifest;
  const char* problems;
};

class ManifestMistake : public ManifestTest, public testing::WithParamInterface<Mistake> {};

TEST_P(ManifestMistake, isNamedWithItsPlaceAndWhatWouldBeRight) {
  EXPECT_EQ(problemsOf(GetParam().manifest), GetParam().problems);
}

constexpr Mistake fileMistakes[] = {
    {"noToml", "[troop.one\ncode = 1",
     "troop.toml:1:11: not TOML, in a table header: expected ']', saw '\\n'\n"},
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

constexpr Mistake troopMistakes[] = {
    {"noCode", "\n[troop.one]\n",
     "troop.toml:2:8: troop 'one' has no 'code'; it names the file of the troop's code\n"},
    {"wrongName", "[troop.\"a b\"]\ncode = \"plugin.js\"\n",
     "troop.toml:1:8: 'a b' cannot be the name of a troop; a name has 1 to 64 letters, digits, '-' "
     "and '_'\n"},
    {"hiddenName", "[troop.\"a\\nb\"]\ncode = \"plugin.js\"\n",
     "troop.toml:1:8: 'a\\x0ab' cannot be the name of a troop; a name has 1 to 64 letters, digits, "
     "'-' and '_'\n"},
    {"wrongKey", "[troop.one]\ncode = \"plugin.js\"\nlimtis = {}\n",
     "troop.toml:3:1: unknown key 'limtis' in troop 'one'; did you mean 'limits'?\n"},
    {"strangeKey", "[troop.one]\ncode = \"plugin.js\"\ncolour = 1\n",
     "troop.toml:3:1: unknown key 'colour' in troop 'one'; what may stand here: 'code', 'tier', "
     "'serves', 'limits', 'grants', 'restart' and 'weight'\n"},
    {"missingFile", "[troop.one]\ncode = \"plugn.js\"\n",
     "troop.toml:2:8: no such file: 'plugn.js'; 'code' is a file's path, relative to the "
     "manifest's folder\n"},
    {"codeIsAFolder", "[troop.one]\ncode = \"sub\"\n",
     "troop.toml:2:8: not a file: 'sub'; 'code' is a file's path, relative to the manifest's "
     "folder\n"},
    {"codeIsNoCode", "[troop.one]\ncode = \"plugin.txt\"\n",
     "troop.toml:2:8: 'plugin.txt' is no code that can be hosted; a file ends in one of '.js', "
     "'.mjs', '.wasm' and '.wat'\n"},
    {"codeIsANumber", "[troop.one]\ncode = 7\n",
     "troop.toml:2:8: 'code' is a whole number here; text in quotes is right\n"},
    {"unknownTier", "[troop.one]\ncode = \"plugin.js\"\ntier = \"jail\"\n",
     "troop.toml:3:8: unknown tier 'jail'; what may stand here: 'wasm'\n"},
    {"weightOutOfRange", "[troop.one]\ncode = \"plugin.js\"\nweight = 0\n",
     "troop.toml:3:10: 'weight' is 0 here; it must be from 1 to 10000\n"},
    {"weightNegative", "[troop.one]\ncode = \"plugin.js\"\nweight = -5\n",
     "troop.toml:3:10: 'weight' is -5 here; it must be from 1 to 10000\n"},
    {"weightIsText", "[troop.one]\ncode = \"plugin.js\"\nweight = \"5\"\n",
     "troop.toml:3:10: 'weight' is text here; a whole number from 1 to 10000 is right\n"},
    {"unknownRestart", "[troop.one]\ncode = \"plugin.js\"\nrestart = \"always\"\n",
     "troop.toml:3:11: unknown restart 'always'; what may stand here: 'never' and 'on-death'\n"},
    {"restartWithoutPolicy",
     "[troop.one]\ncode = \"plugin.js\"\nrestart = { pause-min = \"1s\" }\n",
     "troop.toml:3:1: 'restart' of troop 'one' has no 'policy'; one of 'never' and 'on-death' is "
     "right\n"},
    {"restartPausesSwapped",
     "[troop.one]\ncode = \"plugin.js\"\nrestart = { policy = \"on-death\", pause-min = \"2s\", "
     "pause-max = \"1s\" }\n",
     "troop.toml:3:64: 'pause-max' is shorter than 'pause-min'; the pause grows from the one to "
     "the other\n"},
};

constexpr Mistake servesMistakes[] = {
    {"noColon", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp\"\n",
     "troop.toml:3:10: 'job.capnp' names no interface; \"FILE.capnp:INTERFACE\" is right\n"},
    {"noSchema", "[troop.one]\ncode = \"plugin.js\"\nserves = \"jbo.capnp:Parser\"\n",
     "troop.toml:3:10: there is no schema file 'jbo.capnp'\n"},
    {"notInSchema", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parsr\"\n",
     "troop.toml:3:10: job.capnp has no interface 'Parsr'; did you mean 'Parser'?\n"},
    {"farFromAll", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Xylophone\"\n",
     "troop.toml:3:10: job.capnp has no interface 'Xylophone'; its interfaces: Renderer, Parser, "
     "Outliner, Box.Inside\n"},
    {"isAStruct", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Box\"\n",
     "troop.toml:3:10: 'Box' of job.capnp is no interface; its interfaces: Renderer, Parser, "
     "Outliner, Box.Inside\n"},
    {"brokenSchema", "[troop.one]\ncode = \"plugin.js\"\nserves = \"broken.capnp:Broken\"\n",
     "troop.toml:3:10: the schema is wrong: broken.capnp:3: Parse error.\n"},
};

constexpr Mistake limitMistakes[] = {
    {"wrongLimit", "[troop.one]\ncode = \"plugin.js\"\nlimits = { memroy = \"64M\" }\n",
     "troop.toml:3:12: unknown key 'memroy' in the limits of troop 'one'; did you mean "
     "'memory'?\n"},
    {"badSize", "[troop.one]\ncode = \"plugin.js\"\nlimits = { memory = \"64MB\" }\n",
     "troop.toml:3:21: '64MB' of 'memory' is no size; a size is text like \"64K\", \"32M\" or "
     "\"1G\"\n"},
    {"sizeIsANumber", "[troop.one]\ncode = \"plugin.js\"\nlimits = { memory = 64 }\n",
     "troop.toml:3:21: 'memory' is a whole number here; a size is text like \"64K\", \"32M\" or "
     "\"1G\"\n"},
    {"sizeOutOfRange", "[troop.one]\ncode = \"plugin.js\"\nlimits = { memory = \"64G\" }\n",
     "troop.toml:3:21: 'memory' is 64G here; it must be from 256K to 4G\n"},
    {"badDuration", "[troop.one]\ncode = \"plugin.js\"\nlimits = { cpu = \"5 s\" }\n",
     "troop.toml:3:18: '5 s' of 'cpu' is no duration; a duration is text like \"50ms\", \"5s\" or "
     "\"2min\"\n"},
    {"durationOutOfRange", "[troop.one]\ncode = \"plugin.js\"\nlimits = { cpu = \"1us\" }\n",
     "troop.toml:3:18: 'cpu' is 1us here; it must be from 1ms to 1000h\n"},
    {"countOutOfRange", "[troop.one]\ncode = \"plugin.js\"\nlimits = { calls = 0 }\n",
     "troop.toml:3:20: 'calls' is 0 here; it must be from 1 to 65536\n"},
    {"countIsAFraction", "[troop.one]\ncode = \"plugin.js\"\nlimits = { calls = 1.5 }\n",
     "troop.toml:3:20: 'calls' is a fraction here; a whole number from 1 to 65536 is right\n"},
    {"limitsIsNoTable", "[troop.one]\ncode = \"plugin.js\"\nlimits = \"64M\"\n",
     "troop.toml:3:10: 'limits' is text here; a table like { key = value } is right\n"},
    {"dottedLimit", "[troop.one]\ncode = \"plugin.js\"\nlimits.memory = \"64\"\n",
     "troop.toml:3:17: '64' of 'memory' is no size; a size is text like \"64K\", \"32M\" or "
     "\"1G\"\n"},
};

constexpr Mistake grantMistakes[] = {
    {"unknownGrant", "[troop.one]\ncode = \"plugin.js\"\ngrants.http = { hosts = [] }\n",
     "troop.toml:3:8: unknown grant 'http'; a grant is one of 'log', 'clock' and 'random', or a "
     "capability to another troop like { troop = \"NAME\" }\n"},
    {"nearGrant", "[troop.one]\ncode = \"plugin.js\"\ngrants.lgo = {}\n",
     "troop.toml:3:8: unknown grant 'lgo'; a grant is one of 'log', 'clock' and 'random', or a "
     "capability to another troop like { troop = \"NAME\" }; did you mean 'log'?\n"},
    {"wrongKeyOfAGrant", "[troop.one]\ncode = \"plugin.js\"\ngrants.log = { rates = \"1K/s\" }\n",
     "troop.toml:3:16: unknown key 'rates' in grant 'log'; did you mean 'rate'?\n"},
    {"badRate", "[troop.one]\ncode = \"plugin.js\"\ngrants.log = { rate = \"1K\" }\n",
     "troop.toml:3:23: '1K' of 'rate' is no rate; a rate is text like \"64K/s\"\n"},
    {"rateOutOfRange", "[troop.one]\ncode = \"plugin.js\"\ngrants.log = { rate = \"1B/s\" }\n",
     "troop.toml:3:23: 'rate' is 1B/s here; it must be from 1K/s to 1G/s\n"},
    {"grantIsNoTable", "[troop.one]\ncode = \"plugin.js\"\ngrants.log = true\n",
     "troop.toml:3:14: 'log' is a truth value here; a table like { key = value } is right\n"},
    {"unknownTroop", "[troop.one]\ncode = \"plugin.js\"\ngrants.x = { troop = \"onne\" }\n",
     "troop.toml:3:22: there is no troop 'onne'; did you mean 'one'?\n"},
    {"grantOfNothing",
     "[troop.one]\ncode = \"plugin.js\"\n[troop.two]\ncode = \"plugin.js\"\ngrants.x = { troop = "
     "\"one\" }\n",
     "troop.toml:5:22: troop 'one' serves nothing that could be granted; give it 'serves = "
     "\"FILE.capnp:INTERFACE\"'\n"},
    {"itself",
     "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\ngrants.x = { troop = "
     "\"one\" }\n",
     "troop.toml:4:22: a circle of grants: 'one' is granted 'one'; a troop is started after those "
     "that it is granted, so one of these grants must go\n"},
    {"circle",
     "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\ngrants.x = { troop = "
     "\"two\" }\n[troop.two]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\ngrants.x = { "
     "troop = \"one\" }\n",
     "troop.toml:8:22: a circle of grants: 'one' is granted 'two', which is granted 'one'; a troop "
     "is started after those that it is granted, so one of these grants must go\n"},
    {"callsOutOfRange",
     "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\n[troop.two]\ncode = "
     "\"plugin.js\"\ngrants.x = { troop = \"one\", calls = 0 }\n",
     "troop.toml:6:37: 'calls' is 0 here; it must be from 1 to 1000000000\n"},
};

#define TROOP_JOB_TROOPS                                                 \
  "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\n"   \
  "[troop.two]\ncode = \"plugin.js\"\nserves = \"job.capnp:Outliner\"\n" \
  "[troop.bad]\ncode = \"plugin.js\"\n"
#define TROOP_JOB "[job.documents]\nrenderer = \"one\"\noutliner = \"two\"\n"
#define TROOP_DOCUMENTS "documents = [{ file = \"README.md\" }]\n"

constexpr Mistake jobMistakes[] = {
    {"unknownJob", "[job.documnets]\n" TROOP_JOB_TROOPS,
     "troop.toml:1:6: unknown key 'documnets' in 'job'; did you mean 'documents'?\n"},
    {"nothingGiven", "[job.documents]\n" TROOP_JOB_TROOPS,
     "troop.toml:1:6: the job 'documents' has no 'renderer'; it names a troop that serves the "
     "interface Renderer\ntroop.toml:1:6: the job 'documents' has no 'outliner'; it names a troop "
     "that serves the interface Outliner\ntroop.toml:1:6: the job 'documents' has no 'documents'; "
     "a list like [{ file = \"README.md\", weight = 1 }] is right\n"},
    {"unknownTroop",
     "[job.documents]\nrenderer = \"onne\"\noutliner = \"two\"\n" TROOP_DOCUMENTS TROOP_JOB_TROOPS,
     "troop.toml:2:12: there is no troop 'onne'; did you mean 'one'?\n"},
    {"wrongInterface",
     "[job.documents]\nrenderer = \"two\"\noutliner = \"bad\"\n" TROOP_DOCUMENTS TROOP_JOB_TROOPS,
     "troop.toml:2:12: troop 'two' serves Outliner; 'renderer' needs one that serves "
     "Renderer\ntroop.toml:3:12: troop 'bad' serves nothing; 'outliner' needs one that serves "
     "Outliner\n"},
    {"missingDocument", TROOP_JOB "documents = [{ file = \"REDME.md\" }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:23: no such file: 'REDME.md'; 'file' is a file's path, relative to the "
     "manifest's folder\n"},
    {"documentsAreNoTables", TROOP_JOB "documents = [\"README.md\"]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:14: 'documents' is text here; each element is a table like { key = value }\n"},
    {"documentsAreNoList", TROOP_JOB "documents = \"README.md\"\n" TROOP_JOB_TROOPS,
     "troop.toml:4:13: 'documents' is text here; a list of tables like [{ key = value }] is "
     "right\n"},
    {"documentWithoutFile", TROOP_JOB "documents = [{ weight = 1 }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:14: document 1 has no 'file'; it names a text in Markdown\n"},
    {"wrongKeyOfADocument",
     TROOP_JOB "documents = [{ file = \"README.md\", wieght = 1 }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:36: unknown key 'wieght' in document 1; did you mean 'weight'?\n"},
    {"noWeight", TROOP_JOB "documents = [{ file = \"README.md\", weight = 0 }]\n" TROOP_JOB_TROOPS,
     "troop.toml:4:13: no document has a weight over 0; one must be sent\n"},
    {"loadOutOfRange", TROOP_JOB TROOP_DOCUMENTS "load = 30\n" TROOP_JOB_TROOPS,
     "troop.toml:5:8: 'load' is 30 here; it must be from 0.01 to 0.95\n"},
    {"loadIsText", TROOP_JOB TROOP_DOCUMENTS "load = \"30%\"\n" TROOP_JOB_TROOPS,
     "troop.toml:5:8: 'load' is text here; a number from 0.01 to 0.95 is right\n"},
    {"unknownAttacker",
     TROOP_JOB TROOP_DOCUMENTS "attackers = { bda = \"killed\" }\n" TROOP_JOB_TROOPS,
     "troop.toml:5:15: there is no troop 'bda'; did you mean 'bad'?\n"},
    {"attackerServesTheJob",
     TROOP_JOB TROOP_DOCUMENTS "attackers = { one = \"killed\" }\n" TROOP_JOB_TROOPS,
     "troop.toml:5:15: 'one' serves the job; it cannot attack it too\n"},
    {"verdictIsNoText", TROOP_JOB TROOP_DOCUMENTS "attackers = { bad = 1 }\n" TROOP_JOB_TROOPS,
     "troop.toml:5:21: 'bad' is a whole number here; text in quotes is right\n"},
    {"attackerIsGranted",
     TROOP_JOB TROOP_DOCUMENTS
     "attackers = { bad = \"killed\" }\n" TROOP_JOB_TROOPS
     "serves = \"job.capnp:Parser\"\n[troop.three]\ncode = \"plugin.js\"\ngrants.x = { troop = "
     "\"bad\" }\n",
     "troop.toml:17:22: 'bad' is an attacker, which starts later than 'three'; only attackers can "
     "be granted one\n"},
};

const auto mistakeName = [](const testing::TestParamInfo<Mistake>& mistake) {
  return std::string(mistake.param.name);
};
INSTANTIATE_TEST_SUITE_P(File, ManifestMistake, testing::ValuesIn(fileMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Troop, ManifestMistake, testing::ValuesIn(troopMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Serves, ManifestMistake, testing::ValuesIn(servesMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Limits, ManifestMistake, testing::ValuesIn(limitMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Grants, ManifestMistake, testing::ValuesIn(grantMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Job, ManifestMistake, testing::ValuesIn(jobMistakes), mistakeName);

}  // namespace
}  // namespace troop::manifest
