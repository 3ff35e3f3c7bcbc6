#include "runtime/io/calls/open-socket.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/reactor/polling-reactor.h"

namespace troop {
namespace {

TEST(OpenSocket, asksOutsideOfTasksForTheProcess) {
  EXPECT_THROW(reactorOfCaller(), Error);
}

TROOP_IO_TEST(OpenSocket, hasOneReactorAProcess) {
  EXPECT_EQ(&reactorOfCaller(), &reactorOfProcess(*Process::current()));
}

TROOP_IO_TEST(OpenSocket, doesNotWaitWhereTooManyWaitToBeAccepted) {
  Reactor& reactor = reactorOfCaller();
  const Address unnamed = Address::ofPath("x").value();
  Ref<Source> listener = openSocket(reactor, SOCK_STREAM, unnamed).value();
  // The system chooses a name that stands in no folder.
  listener->use([](Reactor& calls, int descriptor) {
    const sa_family_t family = AF_UNIX;
    calls.bind(descriptor, reinterpret_cast<const sockaddr*>(&family), sizeof(family));
    return calls.listen(descriptor, 0);
  });
  const Address at = boundTo(*listener);
  Ref<Source> first = openConnection(reactor, at, never).value();
  Expected<Ref<Source>> second = openConnection(reactor, at, never);
  ASSERT_TRUE(second.failed());
  EXPECT_EQ(second.error().kind(), ErrorKind::overloaded);
}

// Of whose queue some are gone again, in all ways that accept(2) knows.
class Fickle final : public PollingReactor {
 public:
  int accept(int, sockaddr*, socklen_t*) noexcept override {
    return calls_ < errors.size() ? -errors[calls_++] : 7;
  }
  static constexpr std::array<int, 8> errors{ECONNABORTED, EPROTO,   ENOPROTOOPT, EHOSTDOWN,
                                             EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENONET};

 private:
  std::size_t calls_ = 0;
};

TEST(OpenSocket, passesByThoseThatAreGoneBeforeTheyAreAccepted) {
  const Ref<Fickle> reactor = makeRef<Fickle>();
  Address peer;
  EXPECT_EQ(Accepting{peer}(*reactor, 0), 7);
}

TROOP_IO_TEST(OpenSocket, restsWhereDescriptorsHaveRunOut) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    const Ref<Source> listener = openListener(reactorOfCaller(), Address::loopback()).value();
    const Expected<Ref<Source>> refused = accepted(*listener, -error, Address());
    EXPECT_EQ(refused.error().kind(), ErrorKind::overloaded);
    const auto tries = [](Reactor&, int) -> long { return 7; };
    EXPECT_EQ(listener->attempt(Direction::reading, 0, tries), std::nullopt) << error;
  }
}

TROOP_IO_TEST(OpenSocket, saysWhereItIsBound) {
  Ref<Source> source = openListener(reactorOfCaller(), Address::loopback()).value();
  EXPECT_NE(boundTo(*source).port(), 0);
  EXPECT_TRUE(openConnection(reactorOfCaller(), boundTo(*source), never).succeeded());
}

}  // namespace
}  // namespace troop
