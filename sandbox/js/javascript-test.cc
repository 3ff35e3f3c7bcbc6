#include "sandbox/js/javascript.h"

#include <gtest/gtest.h>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

class Starting : public JavaScriptTest {};

TEST_F(Starting, evaluatesThePluginInTheGuest) {
  auto guest = run("console.log('hello', 1 + 1)");
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: hello 2"});
  EXPECT_EQ(guest->fate(), "alive");
}

}  // namespace
}  // namespace troop::sandbox::js::testing
