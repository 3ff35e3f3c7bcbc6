#include "runtime/io/name-resolver.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/io/async.h"
#include "runtime/io/testing/connected.h"
#include "runtime/io/testing/name-server.h"
#include "runtime/process.h"

namespace troop {
namespace {

using tests::Asked;
using tests::NameServer;

std::vector<std::string> isHere(const Asked& asked) {
  return {asked.found({"127.0.0.1"})};
}

TROOP_IO_TEST(NameResolver, connectsByName) {
  Scope scope;
  NameServer server(scope, isHere);
  const NameResolver resolver({.servers = {server.address()}, .patience = 1h});
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  const std::uint16_t port = listener.address().port();
  EXPECT_EQ(resolver.resolve("web.example", port)->front(), listener.address());
  TcpStream here = resolver.connect("web.example", port).value();
  EXPECT_EQ(here.peer(), listener.address());
  TcpStream there = listener.accept().value();
  here.write("hello").value();
  EXPECT_EQ(tests::read(there, 5), "hello");
  listener.close();
  const Expected<TcpStream> refused = resolver.connect("web.example", port);
  EXPECT_EQ(refused.error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(refused.error().reason(),
            "'web.example': connecting to 127.0.0.1:" + std::to_string(port) +
                ": ECONNREFUSED (Connection refused)");
  server.stop();
}

TROOP_IO_TEST(NameResolver, isAwaitedByCoroutines) {
  Scope scope;
  NameServer server(scope, isHere);
  const NameResolver resolver({.servers = {server.address()}, .patience = 1h});
  const TcpListener listener = TcpListener::open(Address::loopback()).value();
  EXPECT_EQ(await([](const NameResolver& names, std::uint16_t port) -> Async<std::string> {
              const std::vector<Address> all =
                  (co_await async::resolve(names, "web.example", port)).value();
              const TcpStream stream =
                  (co_await async::connect(names, "web.example", port)).value();
              co_return all.front() == stream.peer() ? "connected" : stream.peer().text();
            }(resolver, listener.address().port())),
            "connected");
  server.stop();
}

TEST(NameResolver, isAskedByOsThreadsOfTheHost) {
  Process process({.carriers = 1});
  const NameResolver resolver = NameResolver::ofSystem();
  EXPECT_EQ(resolver.resolve(process, "127.0.0.1", 80)->front(), Address::loopback(80));
  EXPECT_EQ(resolver.resolve(process, "a b", 80).error().kind(), ErrorKind::failed);
  TcpListener listener = TcpListener::open(process, Address::loopback()).value();
  EXPECT_TRUE(resolver.connect(process, "127.0.0.1", listener.address().port()).succeeded());
  EXPECT_THROW((void)resolver.resolve("127.0.0.1", 80), Error) << "of which Process?";
}

}  // namespace
}  // namespace troop
