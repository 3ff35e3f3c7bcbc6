#include "proxy/reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "proxy/builder.h"
#include "proxy/message.h"
#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

Message finished(MessageBuilder builder) {
  return builder.finish(nullptr).value();
}

// The reason of the Error that `read` throws, which is of a bad message or a wrong index.
template <typename F>
std::string refusal(F read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    return error.reason();
  }
  return "nothing was thrown";
}

TEST(StructReader, thatIsTheDefaultReadsDefaults) {
  const StructReader reader;
  EXPECT_EQ(reader.number<std::uint32_t>(0), 0u);
  EXPECT_EQ(reader.number<std::int64_t>(1000, -7), -7);
  EXPECT_TRUE(reader.boolean(63, true));
  EXPECT_TRUE(reader.isNull(0));
  EXPECT_EQ(reader.text(0), "");
  EXPECT_EQ(reader.text(3, "anonymous"), "anonymous");
  EXPECT_TRUE(reader.data(0).empty());
  EXPECT_EQ(reader.structure(0).pointers(), 0u);
  EXPECT_EQ(reader.list(0).size(), 0u);
  EXPECT_EQ(reader.capability(0), Capability());
}

TEST(StructReader, readsDefaultsBeyondTheEndOfASmallerStruct) {
  MessageBuilder builder(1, 1);
  builder.root().setNumber<std::uint64_t>(0, ~std::uint64_t{0});
  builder.root().setText(0, "here");
  const Message message = finished(std::move(builder));
  const StructReader root = message.root();
  EXPECT_EQ(root.dataBytes(), 8u);
  EXPECT_EQ(root.pointers(), 1u);
  EXPECT_EQ(root.number<std::uint8_t>(7), 255u);
  EXPECT_EQ(root.number<std::uint8_t>(8), 0u);
  EXPECT_EQ(root.number<std::uint8_t>(8, 42), 42u);
  EXPECT_TRUE(root.boolean(63));
  EXPECT_FALSE(root.boolean(64));
  EXPECT_TRUE(root.boolean(64, true));
  EXPECT_FALSE(root.boolean(63, true));
  EXPECT_EQ(root.text(0, "default"), "here");
  EXPECT_EQ(root.text(1, "default"), "default");
  // The largest that a schema can name: nothing wraps around.
  EXPECT_EQ(root.number<std::uint64_t>(std::numeric_limits<unsigned>::max(), 5), 5u);
  EXPECT_FALSE(root.boolean(std::numeric_limits<unsigned>::max()));
  EXPECT_TRUE(root.isNull(std::numeric_limits<unsigned>::max()));
}

TEST(StructReader, readsTextAndDataInPlace) {
  MessageBuilder builder(0, 2);
  const std::string text("with a \0 in it", 14);
  builder.root().setText(0, text);
  builder.root().setData(1, std::as_bytes(std::span("xyz", 3)));
  const Message message = finished(std::move(builder));
  const auto lies = [&](const void* place) {
    const auto* byte = static_cast<const std::byte*>(place);
    return message.bytes().data() <= byte && byte < message.bytes().data() + message.bytes().size();
  };
  EXPECT_EQ(message.root().textInPlace(0), text);
  EXPECT_TRUE(lies(message.root().textInPlace(0).data()));
  EXPECT_EQ(message.root().dataInPlace(1).size(), 3u);
  EXPECT_TRUE(lies(message.root().dataInPlace(1).data()));
  EXPECT_FALSE(lies(message.root().text(0).data()));
}

TEST(StructReader, refusesAPointerOfAnotherKind) {
  MessageBuilder builder(0, 2);
  builder.root().setCapability(0, Capability(makeRef<Keeper>()));
  builder.root().setText(1, "text");
  const Message message = finished(std::move(builder));
  const StructReader root = message.root();
  EXPECT_TRUE(refusal([&] { (void)root.text(0); }).starts_with("malformed message: text at "));
  EXPECT_TRUE(refusal([&] { (void)root.structure(1); }).starts_with("malformed message: struct "));
  EXPECT_TRUE(
      refusal([&] { (void)root.capability(1); }).starts_with("malformed message: capability "));
}

TEST(ListReader, thatIsTheDefaultIsEmpty) {
  const ListReader list;
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.admit(std::numeric_limits<std::size_t>::max()), 0u);
  EXPECT_NE(refusal([&] { (void)list.number<int>(0); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.boolean(0); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.structure(0); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.text(0); }), "nothing was thrown");
}

TEST(ListReader, refusesAnIndexThatIsNotInIt) {
  MessageBuilder builder(0, 1);
  builder.root().initList(0, ElementSize::twoBytes, 3).setNumber<std::uint16_t>(2, 7);
  const Message message = finished(std::move(builder));
  const ListReader list = message.root().list(0);
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list.number<std::uint16_t>(2), 7u);
  EXPECT_NE(refusal([&] { (void)list.number<std::uint16_t>(3); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.number<std::uint16_t>(~std::size_t{0}); }),
            "nothing was thrown");
}

TEST(ListReader, refusesElementsOfAnotherKind) {
  MessageBuilder builder(0, 1);
  builder.root().initList(0, ElementSize::twoBytes, 1);
  const Message message = finished(std::move(builder));
  const ListReader list = message.root().list(0);
  EXPECT_NE(refusal([&] { (void)list.number<std::uint64_t>(0); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.boolean(0); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.text(0); }), "nothing was thrown");
  EXPECT_NE(refusal([&] { (void)list.capability(0); }), "nothing was thrown");
}

TEST(Masked, isItsOwnInverse) {
  EXPECT_EQ(masked(0, 0), 0);
  EXPECT_EQ(masked(42, 42), 0);
  EXPECT_EQ(masked(masked(17, 42), 42), 17);
  EXPECT_EQ(masked(masked(-0.5, 2.25), 2.25), -0.5);
  const float nan = masked(masked(std::numeric_limits<float>::quiet_NaN(), 1.5f), 1.5f);
  EXPECT_TRUE(std::isnan(nan));
}

}  // namespace
}  // namespace troop::proxy
