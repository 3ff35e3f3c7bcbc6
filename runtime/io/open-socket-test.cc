#include "runtime/io/open-socket.h"

#include <gtest/gtest.h>

#include "runtime/io/connected.h"
#include "runtime/process.h"

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

TROOP_IO_TEST(OpenSocket, saysWhereItIsBound) {
  Ref<Source> source = openListener(reactorOfCaller(), Address::loopback()).value();
  EXPECT_NE(boundTo(*source).port(), 0);
  EXPECT_TRUE(openConnection(reactorOfCaller(), boundTo(*source), never).succeeded());
}

}  // namespace
}  // namespace troop
