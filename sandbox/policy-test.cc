#include "sandbox/policy.h"

#include <gtest/gtest.h>

namespace troop::sandbox {
namespace {

using namespace std::chrono_literals;

TEST(Policy, theDefaultsAreInTheirRanges) {
  EXPECT_TRUE(check(Limits{}).succeeded());
}

TEST(Policy, eachLimitIsCheckedAtBothEnds) {
  const auto reason = [](const Limits& limits) {
    const Expected<void> checked = check(limits);
    return checked.failed() ? checked.error().reason() : "";
  };
  EXPECT_EQ(reason({.memoryBytes = std::size_t{5} << 30}),
            "limit memoryBytes is 5 GiB, but must be 256 KiB to 4 GiB");
  EXPECT_EQ(reason({.cpu = -1ms}), "limit cpu is -1 ms, but must be 1 ms to no limit");
  EXPECT_EQ(reason({.cpuAtStart = 0ms}), "limit cpuAtStart is 0 ns, but must be 1 ms to no limit");
  EXPECT_EQ(reason({.wallPerCall = 1us}),
            "limit wallPerCall is 1 µs, but must be 1 ms to no limit");
  EXPECT_EQ(reason({.stackBytes = 0}), "limit stackBytes is 0 B, but must be 16 KiB to 1 MiB");
  EXPECT_EQ(reason({.callsMade = 65'537}), "limit callsMade is 65537, but must be 1 to 65536");
  EXPECT_EQ(reason({.capabilities = 0}), "limit capabilities is 0, but must be 1 to 1000000");
  EXPECT_EQ(reason({.messageBytes = 1}), "limit messageBytes is 1 B, but must be 1 KiB to 64 MiB");
  EXPECT_EQ(reason({.cpu = forever, .messageBytes = std::size_t{64} << 20}), "");
}

TEST(Policy, namesOfGrantedCapabilitiesStandAloneOnALine) {
  const auto reason = [](std::vector<Grant> grants) {
    const Expected<void> checked = check(grants);
    return checked.failed() ? checked.error().reason() : "";
  };
  const proxy::Capability none;
  EXPECT_EQ(reason({}), "");
  EXPECT_EQ(reason({allow::Log{}, allow::Clock{}, allow::Random{}, {"a", none}, {"b", none}}), "");
  EXPECT_EQ(reason({{"a", none}, {"a", none}}), "two grants are named 'a'");
  for (const std::string& name : {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string(257, 'a')}) {
    EXPECT_EQ(reason({{name, none}}), "a granted capability needs a name of 1 to 256 bytes on one line");
  }
  EXPECT_EQ(reason({allow::Clock{.resolution = 2s}}),
            "the resolution of a granted clock is 2 s, but must be 1 ns to 1 s");
}

TEST(Policy, oneOfEachPermissionIsGranted) {
  EXPECT_EQ(check({allow::Log{}, allow::Log{}}).error().reason(), "two logs are granted");
  EXPECT_EQ(check({allow::Clock{}, allow::Clock{}}).error().reason(), "two clocks are granted");
  EXPECT_EQ(check({allow::Random{}, allow::Random{}}).error().reason(), "two sources of randomness are granted");
}

}  // namespace
}  // namespace troop::sandbox
