// What is built is what was put in, wherever the message has been moved to meanwhile; that both
// readers read it so is tested with them.
#include "sandbox/sdk/cpp/encoding/builder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/sdk/cpp/encoding/reader.h"
#include "sandbox/sdk/cpp/testing/fake-host.h"

namespace troop::inline guest::testing {
namespace {

TEST(Builder, keepsWhatWasSetBeforeItGrew) {
  MessageBuilder builder(1, 3);  // about as small as it can be, so that each part makes it grow
  StructBuilder root = builder.root();
  StructBuilder inner = root.initStructure(0, 1, 1);
  ListBuilder list = root.initList(1, ElementSize::pointer, 100);
  for (unsigned i = 0; i < 100; ++i) list.setText(i, std::string(i, 'x'));
  inner.setNumber<std::uint64_t>(0, 7);
  inner.setText(0, "set late");
  root.setNumber<std::uint32_t>(1, 9);

  const Expected<Outgoing> message = builder.finish();
  const std::vector<Capability> none;
  Reading reading(message->bytes(), none);
  const StructReader read = reading.root();
  EXPECT_EQ(read.number<std::uint32_t>(1), 9u);
  EXPECT_EQ(read.structure(0).number<std::uint64_t>(0), 7u);
  EXPECT_EQ(read.structure(0).text(0), "set late");
  const ListReader texts = read.list(1);  // once: whoever reads over and over is stopped
  for (unsigned i = 0; i < 100; ++i) EXPECT_EQ(texts.text(i), std::string(i, 'x'));
  EXPECT_EQ(reading.fault(), nullptr);
}

TEST(Builder, storesNumbersAsTheirDifferenceFromTheDefault) {
  MessageBuilder builder(1, 0);
  builder.root().setNumber<std::int16_t>(0, -5, -5);
  builder.root().setBoolean(16, true, true);
  builder.root().setBoolean(17, false, true);
  const Expected<Outgoing> message = builder.finish();
  const std::vector<Capability> none;
  Reading reading(message->bytes(), none);
  EXPECT_EQ(reading.root().number<std::int16_t>(0), 0);
  EXPECT_EQ(reading.root().number<std::int16_t>(0, -5), -5);
  EXPECT_EQ(reading.root().number<std::uint8_t>(2), 2u);
  EXPECT_TRUE(reading.root().boolean(16, true));
  EXPECT_FALSE(reading.root().boolean(17, true));
}

TEST(Builder, whatIsTooLargeIsSaid) {
  MessageBuilder builder(0, 1);
  EXPECT_EQ(builder.root().initStructureList(0, 1 << 20, 0xffff, 0).size(), 0u);
  const Expected<Outgoing> message = builder.finish();
  ASSERT_TRUE(message.failed());
  EXPECT_EQ(message.error().detail(), ErrorDetail::badMessage);
}

TEST(Builder, aCapabilityTravelsByItsHandle) {
  FakeHost host;
  MessageBuilder builder(0, 1);
  builder.root().setCapability(0, Capability::ofHandle(7));
  EXPECT_EQ(builder.finish()->handles, Handles{7});
  EXPECT_EQ(host.takeEvents(), Events{"release 7"});
}

TEST(Builder, aBrokenCapabilityFailsTheMessage) {
  MessageBuilder builder(0, 1);
  builder.root().setCapability(0, Capability::broken(Error("it broke")));
  EXPECT_EQ(builder.finish().error().reason(), "it broke");
}

TEST(Builder, clearsAPointerThatIsSetToNoCapability) {
  FakeHost host;
  MessageBuilder builder(0, 1);
  builder.root().setCapability(0, Capability::ofHandle(7));
  builder.root().setCapability(0, Capability());
  const Expected<Outgoing> message = builder.finish();
  const std::vector<Capability> none;
  Reading reading(message->bytes(), none);
  EXPECT_TRUE(reading.root().isNull(0));
}

}  // namespace
}  // namespace troop::inline guest::testing
