#include "tools/troop/manifest/troop-section.h"

#include "tools/troop/manifest/testing/manifest-fixture.h"

namespace troop::manifest {
namespace {

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
limits.memory = "64M"
limits.stack = "256K"
limits.message = "1M"
limits.cpu = "10s"
limits.cpu-at-start = "3s"
limits.cpu-per-call = "50ms"
limits.wall-per-call = "1s"
limits.calls = 7
limits.calls-made = 8
limits.capabilities = 9
grants.log = { rate = "8K/s" }
grants.clock = { resolution = "1ms" }
grants.random = { seed = 7 }
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
  EXPECT_EQ(one->limits.cpuAtStart, 3s);
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
  EXPECT_EQ(std::get<ClockGrant>(one->grants[1].permission).resolution, 1ms);
  EXPECT_EQ(std::get<RandomGrant>(one->grants[2].permission).seed, 7u);

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
     "troop.toml:3:1: unknown key 'colour' in troop 'one'; what may stand here: 'like', 'code', "
     "'tier', "
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
     "troop.toml:3:10: the schema 'jbo.capnp': no such file\n"},
    {"notInSchema", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parsr\"\n",
     "troop.toml:3:10: job.capnp has no interface 'Parsr'; did you mean 'Parser'?\n"},
    {"farFromAll", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Xylophone\"\n",
     "troop.toml:3:10: job.capnp has no interface 'Xylophone'; its interfaces: Renderer, Parser, "
     "Outliner, Counter, Box.Inside\n"},
    {"isAStruct", "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Box\"\n",
     "troop.toml:3:10: 'Box' of job.capnp is no interface; its interfaces: Renderer, Parser, "
     "Outliner, Counter, Box.Inside\n"},
    {"brokenSchema", "[troop.one]\ncode = \"plugin.js\"\nserves = \"broken.capnp:Broken\"\n",
     "troop.toml:3:10: the schema is wrong: broken.capnp:4:1: Parse error.\n"},
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
    {"callsOutOfRange",
     "[troop.one]\ncode = \"plugin.js\"\nserves = \"job.capnp:Parser\"\n[troop.two]\ncode = "
     "\"plugin.js\"\ngrants.x = { troop = \"one\", calls = 0 }\n",
     "troop.toml:6:37: 'calls' is 0 here; it must be from 1 to 1000000000\n"},
};

INSTANTIATE_TEST_SUITE_P(Troop, ManifestMistake, ::testing::ValuesIn(troopMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Serves, ManifestMistake, ::testing::ValuesIn(servesMistakes), mistakeName);
INSTANTIATE_TEST_SUITE_P(Grants, ManifestMistake, ::testing::ValuesIn(grantMistakes), mistakeName);

}  // namespace
}  // namespace troop::manifest
