#include "tools/troop/manifest/limits-section.h"

#include "tools/troop/manifest/testing/manifest-fixture.h"

namespace troop::manifest {
namespace {

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
    {"moreReservedThanThereMayBe",
     "[troop.one]\ncode = \"plugin.js\"\nlimits = { memory-reserved = \"9M\", memory = \"8M\" }\n",
     "troop.toml:3:30: 'memory-reserved' is 9M here; it must be from 0B to 8M\n"},
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

INSTANTIATE_TEST_SUITE_P(Limits, ManifestMistake, ::testing::ValuesIn(limitMistakes), mistakeName);

}  // namespace
}  // namespace troop::manifest
