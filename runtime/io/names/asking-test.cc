#include "runtime/io/names/asking.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/io/testing/connected.h"
#include "runtime/io/testing/name-server.h"
#include "runtime/process.h"
#include "runtime/reactor/open-file.h"
#include "runtime/sim/simulation.h"
#include "runtime/task.h"

namespace troop {
namespace {

using tests::Asked;
using tests::NameServer;
using Messages = std::vector<std::string>;

Expected<std::vector<Address>> find(const NameSettings& settings, const std::string& name,
                                    Time deadline = never) {
  return await(names::addressesOf(settings, name, 80, deadline));
}

std::string found(const NameSettings& settings, const std::string& name) {
  std::string all;
  const Expected<std::vector<Address>> addresses = find(settings, name);
  if (addresses.failed()) return addresses.error().reason();
  for (const Address& address : addresses.value()) all += (all.empty() ? "" : " ") + address.text();
  return all;
}

void expectReason(const Expected<std::vector<Address>>& outcome, ErrorKind kind,
                  const std::string& part) {
  ASSERT_TRUE(outcome.failed());
  EXPECT_EQ(outcome.error().kind(), kind) << outcome.error().reason();
  EXPECT_NE(outcome.error().reason().find(part), std::string::npos) << outcome.error().reason();
}

Messages knowsOne(const Asked& asked) {
  return {asked.name == "example.com" ? asked.found({"10.0.0.1", "fd00::1", "10.0.0.2"})
                                      : asked.refusal(ns_r_nxdomain)};
}

// Of one that would be waited for long.
NameSettings patient(const Address& server) {
  return {.servers = {server}, .patience = 1h};
}

TROOP_IO_TEST(Names, areFoundByAServer) {
  Scope scope;
  NameServer server(scope, knowsOne);
  EXPECT_EQ(found(patient(server.address()), "example.com"),
            "[fd00::1]:80 10.0.0.1:80 10.0.0.2:80");
  EXPECT_EQ(found(patient(server.address()), "EXAMPLE.com."),
            "the addresses of 'EXAMPLE.com.': there is no such name (NXDOMAIN)")
      << "the server is told the letters as they are";
  EXPECT_EQ(found(patient(server.address()), "nobody.example"),
            "the addresses of 'nobody.example': there is no such name (NXDOMAIN)");
  server.stop();
}

TROOP_IO_TEST(Names, mayHaveNoAddress) {
  Scope scope;
  NameServer server(scope, [](const Asked& asked) { return Messages{asked.found({})}; });
  expectReason(find(patient(server.address()), "example.com"), ErrorKind::failed,
               "'example.com': it has none");
  server.stop();
}

TROOP_IO_TEST(Names, areNotAskedForWhereTheyAreNone) {
  const NameSettings none;
  EXPECT_EQ(found(none, "127.0.0.1"), "127.0.0.1:80");
  EXPECT_EQ(found(none, "::1"), "[::1]:80");
  EXPECT_EQ(found(none, "[fd00::1]"), "[fd00::1]:80");
  EXPECT_EQ(found(none, "localhost"), "[::1]:80 127.0.0.1:80");
  EXPECT_EQ(found(none, "any.LOCALHOST."), "[::1]:80 127.0.0.1:80");
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a..b"), std::string(300, 'a'),
        std::string("a\0b", 3), std::string("300.1.1.1")}) {
    expectReason(find(none, name), ErrorKind::failed, "it is no name of a host");
  }
  expectReason(find(none, "example.com"), ErrorKind::disconnected, "there is no server to ask");
}

TROOP_IO_TEST(Names, standInAFileOfHosts) {
  const std::string path = tests::unusedPath();
  std::ofstream(path) << "10.0.0.9 box.example\n10.0.0.8 localhost\n";
  const NameSettings settings{.hostsPath = path};
  EXPECT_EQ(found(settings, "box.example"), "10.0.0.9:80");
  EXPECT_EQ(found(settings, "box.example."), "10.0.0.9:80");
  EXPECT_EQ(found(settings, "localhost"), "10.0.0.8:80");
  std::filesystem::remove(path);
}

TROOP_IO_TEST(Names, ofFewDotsAreLookedForInDomains) {
  Scope scope;
  std::string all;
  NameServer server(scope, [&](const Asked& asked) {
    if (!asked.isForSix()) all += asked.name + " ";
    return Messages{asked.name == "web.two.example" || asked.name == "a.b"
                        ? asked.found({"10.0.0.1"})
                        : asked.refusal(ns_r_nxdomain)};
  });
  NameSettings settings = patient(server.address());
  settings.domains = {"one.example", "two.example"};
  EXPECT_EQ(found(settings, "web"), "10.0.0.1:80");
  EXPECT_EQ(found(settings, "a.b"), "10.0.0.1:80");
  EXPECT_TRUE(find(settings, "c.d").failed());
  EXPECT_TRUE(find(settings, "web.").failed());
  EXPECT_EQ(all, "web.one.example web.two.example a.b c.d c.d.one.example c.d.two.example web ");
  server.stop();
}

TROOP_IO_TEST(Names, areAskedOfTheNextServerWhereOneDoesNotAnswer) {
  Scope scope;
  NameServer silent(scope, [](const Asked&) { return Messages{}; });
  NameServer refuses(scope,
                     [](const Asked& asked) { return Messages{asked.refusal(ns_r_servfail)}; });
  NameServer broken(scope, [](const Asked& asked) { return Messages{asked.header(0, 0, 7)}; });
  NameServer server(scope, knowsOne);
  EXPECT_EQ(
      found({.servers = {silent.address(), refuses.address(), broken.address(), server.address()},
             .patience = 1ms,
             .tries = 1'000},
            "example.com"),
      "[fd00::1]:80 10.0.0.1:80 10.0.0.2:80");
  const Expected<std::vector<Address>> none =
      find({.servers = {silent.address(), refuses.address(), broken.address()},
            .patience = 1ms,
            .tries = 2},
           "example.com");
  expectReason(none, ErrorKind::disconnected,
               silent.address().text() + ": it has not answered in time");
  silent.stop();
  refuses.stop();
  broken.stop();
  server.stop();
}

// Nobody listens there, which the system tells.
TROOP_IO_TEST(Names, areNotWaitedForWhereThereIsNoServer) {
  const Address nobody = [] { return UdpSocket::open(Address::loopback())->address(); }();
  expectReason(find(patient(nobody), "example.com"), ErrorKind::disconnected, "ECONNREFUSED");
}

TROOP_IO_TEST(Names, areNotMistakenForOthers) {
  Scope scope;
  NameServer server(scope, [](const Asked& asked) {
    std::string otherNumber = asked.found({"10.6.6.6", "fd66::6"});
    otherNumber[0] = static_cast<char>(otherNumber[0] ^ 1);
    std::string otherName = asked.found({"10.6.6.6", "fd66::6"});
    otherName[13] = 'x';
    return Messages{"",          "garbage", std::string(512, '\xff'), asked.message,
                    otherNumber, otherName, std::string(600, '\0'),   knowsOne(asked).front()};
  });
  EXPECT_EQ(found(patient(server.address()), "example.com"),
            "[fd00::1]:80 10.0.0.1:80 10.0.0.2:80");
  server.stop();
}

TROOP_IO_TEST(Names, withLongAnswersAreAskedForByAConnection) {
  std::vector<std::string> many;
  for (int i = 1; i <= 40; ++i) many.push_back("10.0.0." + std::to_string(i));
  Scope scope;
  NameServer server(scope, [&](const Asked& asked) {
    return Messages{asked.isForSix() || asked.byConnection ? asked.found(many) : asked.truncated()};
  });
  EXPECT_EQ(find(patient(server.address()), "example.com")->size(), 32U);
  server.stop();
}

TROOP_IO_TEST(Names, areAskedForAgainWhereAConnectionIsOfNoUse) {
  for (const Messages& says : {Messages{}, Messages{""}, Messages{"nonsense"}}) {
    Scope scope;
    NameServer server(scope, [&](const Asked& asked) {
      return asked.byConnection ? says : Messages{asked.truncated()};
    });
    expectReason(find({.servers = {server.address()}, .patience = 1h, .tries = 2}, "example.com"),
                 ErrorKind::disconnected, server.address().text() + ": it has ");
    EXPECT_EQ(server.asked(), 2 * 3) << "two datagrams and a connection, twice";
    server.stop();
  }
}

TROOP_IO_TEST(Names, areWaitedForNoLongerThanWanted) {
  Scope scope;
  NameServer silent(scope, [](const Asked&) { return Messages{}; });
  const Expected<std::vector<Address>> late =
      find(patient(silent.address()), "example.com", after(1ms));
  ASSERT_TRUE(late.failed());
  EXPECT_EQ(late.error().detail(), ErrorDetail::deadline);
  expectReason(late, ErrorKind::overloaded, "'example.com': the deadline has passed");
  EXPECT_THROW(inScope({.deadline = 1ms},
                       [&](Scope&) { (void)find(patient(silent.address()), "example.com"); }),
               Error);
  silent.stop();
}

TROOP_IO_TEST(Names, areNotWaitedForByWhoIsCancelled) {
  Scope scope;
  Event asked;
  NameServer silent(scope, [&](const Asked&) {
    asked.set();
    return Messages{};
  });
  const std::size_t before = Troop::current()->handles();
  {
    Scope asking;
    asking.task([&] { (void)find(patient(silent.address()), "example.com"); });
    asked.wait();
    asking.cancel();
  }
  EXPECT_EQ(Troop::current()->handles(), before);
  silent.stop();
}

TROOP_IO_TEST(Names, areAskedForOnTheHandlesOfTheTroop) {
  const Ref<Troop> poor = Process::current()->troop({.name = "poor", .handlesMax = 0});
  const Ref<Thread> asks = poor->thread({"asks"}, [] {
    expectReason(find(patient(Address::loopback(53)), "example.com"), ErrorKind::overloaded,
                 "poor");
  });
  asks->join().value();
}

// Whatever stands in the files of the machine that simulates.
TEST(Names, areThoseOfTheRunWhereARunIsSimulated) {
  const std::string path = tests::unusedPath();
  std::ofstream(path) << "10.0.0.9 box.example\n10.0.0.8 localhost\n";
  sim::check({.seed = 1}, [&] {
    NameSettings settings = NameSettings::ofSystem();
    EXPECT_TRUE(settings.servers.empty());
    EXPECT_EQ(settings.hostsPath, "/etc/hosts");
    settings.hostsPath = path;
    EXPECT_EQ(found(settings, "localhost"), "[::1]:80 127.0.0.1:80");
    expectReason(find(settings, "box.example"), ErrorKind::disconnected,
                 "there is no server to ask");
  });
  std::filesystem::remove(path);
}

TEST(Names, areAskedForByTheSameMessagesInEachRunOfASeed) {
  std::vector<std::string> asked;
  sim::check({.seed = 1}, [&] {
    Scope scope;
    NameServer server(scope, [&](const Asked& question) {
      asked.push_back(question.message);
      return knowsOne(question);
    });
    EXPECT_TRUE(find(patient(server.address()), "example.com").succeeded());
    server.stop();
  });
  ASSERT_EQ(asked.size(), 4U) << "one of each family, in two runs";
  EXPECT_EQ(asked[0], asked[2]);
  EXPECT_EQ(asked[1], asked[3]);
}

// The same code in virtual time, where datagrams get lost and come twice.
TEST(Names, areFoundOverABadNetwork) {
  sim::sweep([](std::uint64_t seed) {
    sim::run({.seed = seed, .network = {.lossOneIn = 3, .twiceOneIn = 3}}, [] {
      Scope scope;
      NameServer server(scope, knowsOne);
      EXPECT_EQ(found({.servers = {server.address()}, .tries = 50}, "example.com"),
                "[fd00::1]:80 10.0.0.1:80 10.0.0.2:80");
      server.stop();
    });
  });
}

}  // namespace
}  // namespace troop
