#include "runtime/io/names/connecting.h"

#include <gtest/gtest.h>

#include "runtime/io/testing/connected.h"
#include "runtime/sim/machine.h"
#include "runtime/sim/simulation.h"

namespace troop {
namespace {

using names::connectToFirst;

Address at(const char* text) {
  return Address::parse(text).value();
}

TEST(Connecting, triesEachFamilyInTurn) {
  const std::vector<Address> mixed = names::interleaved(
      {at("[::1]:1"), at("[::1]:2"), at("[::1]:3"), at("1.1.1.1:4"), at("1.1.1.1:5")});
  const std::vector<Address> expected{at("[::1]:1"), at("1.1.1.1:4"), at("[::1]:2"),
                                      at("1.1.1.1:5"), at("[::1]:3")};
  EXPECT_EQ(mixed, expected);
  EXPECT_TRUE(names::interleaved({}).empty());
}

TROOP_IO_TEST(Connecting, goesOnWithTheNextWhereNobodyListens) {
  const Address nobody = [] { return TcpListener::open(Address::loopback())->address(); }();
  const TcpListener listener = TcpListener::open(Address::loopback()).value();
  const Expected<names::First> first =
      await(connectToFirst({nobody, nobody, listener.address(), nobody}, never));
  EXPECT_EQ(first->address, listener.address());
  const Expected<names::First> none = await(connectToFirst({nobody, nobody}, never));
  EXPECT_EQ(none.error().kind(), ErrorKind::disconnected);
  const std::string once = "connecting to " + nobody.text() + ": ECONNREFUSED (Connection refused)";
  EXPECT_EQ(none.error().reason(), once + "; " + once);
  EXPECT_EQ(await(connectToFirst({}, never)).error().kind(), ErrorKind::failed);
}

// 10.0.0.2 cannot be reached: what is sent there gets lost.
TEST(Connecting, doesNotWaitForOneThatDoesNotAnswer) {
  sim::sweep([](std::uint64_t seed) {
    sim::run({.seed = seed}, [] {
      sim::Machine lost({.name = "lost"});
      lost.crash();
      const TcpListener listener = TcpListener::open(at("10.0.0.1:80")).value();
      const Time begin = now();
      const Expected<names::First> first =
          await(connectToFirst({at("10.0.0.2:80"), listener.address()}, never));
      EXPECT_EQ(first->address, listener.address());
      EXPECT_GE(now() - begin, names::patienceEach);
      EXPECT_LT(now() - begin, names::patienceEach + 100ms);
      const std::size_t before = Troop::current()->handles();
      const Expected<names::First> late =
          await(connectToFirst({at("10.0.0.2:80"), at("10.0.0.2:81")}, after(300ms)));
      EXPECT_EQ(late.error().detail(), ErrorDetail::deadline);
      EXPECT_NE(late.error().reason().find("10.0.0.2:80, 10.0.0.2:81"), std::string::npos)
          << late.error().reason();
      EXPECT_EQ(Troop::current()->handles(), before);
    });
  });
}

// The first one answers after 400 ms, when the second, which never does, is under way as well.
TEST(Connecting, letsOneThatIsLateWin) {
  sim::run({.network = {.delayMin = 200ms, .delayMax = 200ms}}, [] {
    sim::Machine lost({.name = "lost"});
    lost.crash();
    const TcpListener listener = TcpListener::open(at("10.0.0.1:80")).value();
    const Expected<names::First> first =
        await(connectToFirst({listener.address(), at("10.0.0.2:80")}, after(10s)));
    EXPECT_EQ(first->address, listener.address());
  });
}

}  // namespace
}  // namespace troop
