#include "runtime/io/names/hosts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/file.h"
#include "runtime/io/testing/connected.h"
#include "runtime/reactor/open-file.h"

namespace troop::names {
namespace {

std::string textsOf(const std::vector<Address>& addresses) {
  std::string all;
  for (const Address& address : addresses) all += (all.empty() ? "" : " ") + address.text();
  return all;
}

TEST(Hosts, knowTheAddressesOfTheirNames) {
  constexpr std::string_view text =
      "# a comment\n"
      "127.0.0.1\tlocalhost  box # not.this\n"
      "\n"
      "::1 localhost\r\n"
      "nonsense localhost\n"
      "10.0.0.1\n"
      "10.0.0.2 other BOX\n"
      "127.0.0.1 box\n"
      "10.0.0.3 last";
  EXPECT_EQ(textsOf(hostsOf(text, "localhost")), "127.0.0.1:0 [::1]:0");
  EXPECT_EQ(textsOf(hostsOf(text, "Box")), "127.0.0.1:0 10.0.0.2:0");
  EXPECT_EQ(textsOf(hostsOf(text, "last")), "10.0.0.3:0");
  EXPECT_EQ(textsOf(hostsOf(text, "not.this")), "");
  EXPECT_EQ(textsOf(hostsOf(text, "10.0.0.1")), "");
  EXPECT_EQ(textsOf(hostsOf("", "localhost")), "");
}

std::string textOf(const std::string& path) {
  return await(hostsText(reactorOfCaller(), path, never)).value();
}

TROOP_IO_TEST_EVERYWHERE(Hosts, areReadFromAFile) {
  const std::string path = tests::unusedPathHere();
  EXPECT_EQ(textOf(path), "");
  std::string text(10'000, '#');
  text += "\n::1 here\n";
  File::open(path, FileAccess::making)->writeAt(0, text).value();
  EXPECT_EQ(textOf(path), text);
  std::filesystem::remove(path);
}

TROOP_IO_TEST(Hosts, areNotWaitedForWhereTheyAreAPipe) {
  const std::string path = tests::unusedPath();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(textOf(path), "") << "nobody writes there";
  std::filesystem::remove(path);
}

TEST(Hosts, numbersAreNoNames) {
  Address address;
  for (const char* text : {"127.0.0.1", "::1", "[::1]"}) EXPECT_TRUE(isNumeric(text, address));
  EXPECT_EQ(address.text(), "[::1]:0");
  for (const char* text : {"", "a", "1.2.3", "::g", "[::1", "127.0.0.1:80", "[::1]:80", "[a]"}) {
    EXPECT_FALSE(isNumeric(text, address)) << text;
  }
}

}  // namespace
}  // namespace troop::names
