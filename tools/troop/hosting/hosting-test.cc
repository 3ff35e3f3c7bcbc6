#include "tools/troop/hosting/hosting.h"

#include "tools/troop/hosting/testing/hosting-fixture.h"

namespace troop::hosting {
namespace {

using namespace troop::literals;

TEST_F(HostingTest, aGrantedCapabilityIsRevokedAfterItsCalls) {
  add("failing", failing);
  add("user", calling).grants = {{{"limited", {}}, manifest::TroopGrant{{"failing", {}}, 2}}};
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  hosting.startAll();
  EXPECT_EQ(hosting.troops().size(), 2u);
  const Time end = after(patience);
  while (hosting.find("user").fate().usage.callsRefused < 3 && now() < end) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GE(hosting.find("user").fate().usage.callsRefused, 3u);
  EXPECT_EQ(hosting.find("failing").fate().usage.callsFailed, 2u);
  const std::string verdict = hosting.find("user").fate().verdict;
  EXPECT_TRUE(verdict.starts_with("refused: capability 'limited' was revoked")) << verdict;
}

TEST_F(HostingTest, allCodeThatDoesNotCompileIsTold) {
  add("first", "(module (func");
  add("second", idle);
  add("third", "no module");
  Hosting hosting(manifest_, {.carriers = 1});
  try {
    hosting.compile();
    FAIL() << "it compiled";
  } catch (const CompileError& error) {
    EXPECT_NE(error.reason().find("(troop 'first')\n"), std::string::npos) << error.reason();
    EXPECT_NE(error.reason().find("first.wat:1:"), std::string::npos) << error.reason();
    EXPECT_NE(error.reason().find("(troop 'third')\n"), std::string::npos) << error.reason();
    EXPECT_EQ(error.reason().find("second"), std::string::npos) << error.reason();
  }
}

TEST_F(HostingTest, troopsWhoseMemoryCannotBeReservedAreTold) {
  for (const char* name : {"first", "second", "third"})
    add(name, idle).limits.memoryReserved = 2_MiB;
  Hosting hosting(manifest_, {.carriers = 1, .memoryBytesMax = 5_MiB});
  hosting.compile();
  try {
    hosting.admit();
    FAIL() << "all of them fit";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.reason(),
              "cannot start 'third': it reserves 2 MiB, and 1 MiB of 5 MiB are left; 2 others "
              "reserve 4 MiB");
  }
  hosting.startAll();
  // Those that run use some of the rest.
  const std::string verdict = hosting.find("third").fate().verdict;
  EXPECT_TRUE(verdict.starts_with("not started: cannot start 'third': it reserves 2 MiB, and "))
      << verdict;
}

TEST_F(HostingTest, endingInTheMidstOfEverythingLeavesNothing) {
  for (int i = 0; i < 8; ++i) {
    add("troop" + std::to_string(i), i % 2 == 0 ? dying : fragile).restart = again(1ms, 4ms);
  }
  for (int round = 0; round < 5; ++round) {
    Hosting hosting(manifest_, {.carriers = 2});
    hosting.compile();
    hosting.startAll();
    for (const auto& hosted : hosting.troops())
      (void)hosted->capability().call({1, 0}, proxy::Message::empty());
    std::this_thread::sleep_for(Duration(round * 1'000'000));
  }
}

}  // namespace
}  // namespace troop::hosting
