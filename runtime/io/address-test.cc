#include "runtime/io/address.h"

#include <gtest/gtest.h>

#include <string>

namespace troop {
namespace {

TEST(Address, isReadFromTextAndSaysTheSame) {
  for (const char* text : {"127.0.0.1:80", "[::1]:8080", "[2001:db8::1]:443", "0.0.0.0:0"}) {
    EXPECT_EQ(Address::parse(text).value().text(), text);
  }
  EXPECT_EQ(Address::loopback(80).text(), "127.0.0.1:80");
  EXPECT_EQ(Address::parse("127.0.0.1:80").value(), Address::loopback(80));
  EXPECT_EQ(Address::loopback().withPort(80), Address::loopback(80));
  EXPECT_EQ(Address::parse("[::1]:0").value().withPort(7).port(), 7);
  EXPECT_EQ(Address::anyInterface(9).text(), "0.0.0.0:9");
  EXPECT_EQ(Address().text(), "nowhere");
}

TEST(Address, refusesWhatIsNone) {
  for (const char* text :
       {"", "127.0.0.1", "localhost:80", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:-1", "::1:80",
        "[::1]", "[]:80", "1.2.3.4:80x", "256.0.0.1:1"}) {
    const Expected<Address> address = Address::parse(text);
    ASSERT_TRUE(address.failed()) << text;
    EXPECT_NE(address.error().reason().find(text), std::string::npos);
  }
}

TEST(Address, isThePathOfASocket) {
  EXPECT_EQ(Address::ofPath("/tmp/socket").value().text(), "/tmp/socket");
  EXPECT_EQ(Address::ofPath(std::string_view("\0name", 5)).value().text(), "@name");
  EXPECT_TRUE(Address::ofPath("x").value().isPath());
  EXPECT_EQ(Address::ofPath("x").value().port(), 0);
  EXPECT_TRUE(Address::ofPath("").failed());
  EXPECT_TRUE(Address::ofPath(std::string(107, 'x')).succeeded());
  EXPECT_TRUE(Address::ofPath(std::string(108, 'x')).failed());
}

}  // namespace
}  // namespace troop
