#include "tools/troop/manifest/grant-order.h"

#include "tools/troop/manifest/testing/manifest-fixture.h"

namespace troop::manifest {
namespace {

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

constexpr Mistake orderMistakes[] = {
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
};

INSTANTIATE_TEST_SUITE_P(GrantOrder, ManifestMistake, ::testing::ValuesIn(orderMistakes),
                         mistakeName);

}  // namespace
}  // namespace troop::manifest
