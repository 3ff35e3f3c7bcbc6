#include "proxy/encoding/hook.h"

#include <capnp/capability.h>
#include <gtest/gtest.h>
#include <kj/exception.h>

#include <vector>

#include "proxy/testing/endpoints.h"

namespace troop::proxy::encoding {
namespace {

TEST(EndpointHook, givesItsCapabilityBack) {
  const Capability echo(makeRef<testing::Echo>());
  auto hook = kj::refcounted<EndpointHook>(echo);
  EXPECT_EQ(EndpointHook::of(*hook), echo);
  EXPECT_EQ(EndpointHook::of(*hook->addRef()), echo);
}

TEST(EndpointHook, ofAnotherLibraryHasNone) {
  auto foreign = capnp::newBrokenCap("foreign");
  EXPECT_FALSE(EndpointHook::of(*foreign));
}

TEST(EndpointHook, isNeverCalledByTheLibrary) {
  auto hook = kj::refcounted<EndpointHook>(Capability(makeRef<testing::Echo>()));
  EXPECT_THROW((void)hook->newCall(1, 2, nullptr), kj::Exception);
}

TEST(HookTable, keepsCapabilitiesByTheirIndex) {
  const Capability first(makeRef<testing::Echo>()), second(makeRef<testing::Echo>());
  HookTable table = hooksOf({first, second, first});
  table[1] = nullptr;  // a pointer that was set again
  EXPECT_EQ(capabilitiesOf(table), (std::vector<Capability>{first, Capability(), first}));
}

}  // namespace
}  // namespace troop::proxy::encoding
