#include "runtime/io/names/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace troop {
namespace {

// Of whatever machine this is; what the environment says comes after the files.
TEST(NameSettings, areThoseOfTheMachine) {
  setenv("LOCALDOMAIN", "first.example second.example", 1);
  setenv("RES_OPTIONS", "ndots:3 retrans:7000 retry:2", 1);
  const NameSettings settings = NameSettings::ofSystem();
  unsetenv("LOCALDOMAIN");
  unsetenv("RES_OPTIONS");
  EXPECT_FALSE(settings.servers.empty());
  EXPECT_LE(settings.servers.size(), NameSettings::serversMax);
  for (const Address& server : settings.servers) EXPECT_GT(server.port(), 0) << server.text();
  EXPECT_EQ(settings.domains, (std::vector<std::string>{"first.example", "second.example"}));
  EXPECT_EQ(settings.dotsMin, 3U);
  EXPECT_EQ(settings.tries, 2U);
  EXPECT_EQ(settings.patience, 7s);
  EXPECT_EQ(settings.hostsPath, "/etc/hosts");
}

}  // namespace
}  // namespace troop
