#include "runtime/sim/network-address.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/io/address.h"

namespace troop::sim {
namespace {

Spot spotOf(const Address& address) {
  return sim::spotOf(address.raw(), address.length());
}

Spot spotOf(const char* text) {
  return spotOf(Address::parse(text).value());
}

Address addressOf(const Spot& spot) {
  Address address;
  write(spot, address.raw(), address.lengthToWrite());
  return address;
}

TEST(NetworkAddress, machinesHaveAnAddressOfEachFamily) {
  for (const char* text : {"10.0.0.2:80", "[fd00::2]:80"}) {
    const Spot spot = spotOf(text);
    EXPECT_EQ(spot.reach, Reach::machine);
    EXPECT_EQ(spot.machine, 2);
    EXPECT_EQ(spot.port, 80);
    EXPECT_EQ(addressOf(spot).text(), text);
  }
  EXPECT_EQ(spotOf("10.0.1.3:80").machine, 259);
  EXPECT_EQ(spotOf("[fd00::103]:80").machine, 259);
}

TEST(NetworkAddress, theLoopbackAndAnyInterfaceAreKnown) {
  for (const char* text : {"127.0.0.1:80", "[::1]:80"}) {
    EXPECT_EQ(spotOf(text).reach, Reach::loopback);
    EXPECT_EQ(addressOf(spotOf(text)).text(), text);
  }
  for (const char* text : {"0.0.0.0:80", "[::]:80"}) {
    EXPECT_EQ(spotOf(text).reach, Reach::any);
    EXPECT_EQ(addressOf(spotOf(text)).text(), text);
  }
}

TEST(NetworkAddress, whatIsNotOfThisNetworkIsElsewhere) {
  for (const char* text : {"192.0.2.1:80", "10.1.0.2:80", "[2001:db8::1]:80", "[fd00:1::2]:80"}) {
    EXPECT_EQ(spotOf(text).reach, Reach::elsewhere) << text;
  }
}

TEST(NetworkAddress, pathsStayAsTheyAre) {
  for (const std::string& path : {std::string("/run/app/socket"), std::string("\0abstract", 9)}) {
    const Spot spot = spotOf(Address::ofPath(path).value());
    EXPECT_EQ(spot.reach, Reach::path);
    EXPECT_EQ(spot.path, path);
    EXPECT_EQ(addressOf(spot), Address::ofPath(path).value());
  }
}

}  // namespace
}  // namespace troop::sim
