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

TROOP_IO_TEST(OpenSocket, saysWhereItIsBound) {
  Ref<Source> source = openListener(reactorOfCaller(), Address::loopback()).value();
  EXPECT_NE(boundTo(*source).port(), 0);
  EXPECT_TRUE(openConnection(reactorOfCaller(), boundTo(*source), never).succeeded());
}

}  // namespace
}  // namespace troop
