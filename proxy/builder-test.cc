#include "proxy/builder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

Message finished(MessageBuilder builder) {
  return builder.finish(nullptr).value();
}

std::uint32_t segmentsOf(const Message& message) {
  std::uint32_t count;
  std::memcpy(&count, message.bytes().data(), sizeof count);
  return count + 1;
}

enum class Color : std::uint16_t { red, green };

TEST(Builder, numbersAreReadAsTheyWereWritten) {
  MessageBuilder builder(5, 0);
  StructBuilder root = builder.root();
  root.setNumber<std::int8_t>(0, -1);
  root.setNumber<std::uint16_t>(1, 65535);
  root.setNumber<std::int32_t>(1, -70000);
  root.setNumber<std::uint64_t>(1, ~std::uint64_t{0});
  root.setNumber<float>(4, 1.5f);
  root.setNumber<Color>(10, Color::green);
  root.setNumber<double>(3, -0.0);
  root.setBoolean(4 * 64 + 63, true);
  const Message message = finished(std::move(builder));
  const StructReader read = message.root();
  EXPECT_EQ(read.number<std::int8_t>(0), -1);
  EXPECT_EQ(read.number<std::uint16_t>(1), 65535);
  EXPECT_EQ(read.number<std::int32_t>(1), -70000);
  EXPECT_EQ(read.number<std::uint64_t>(1), ~std::uint64_t{0});
  EXPECT_EQ(read.number<float>(4), 1.5f);
  EXPECT_EQ(read.number<Color>(10), Color::green);
  EXPECT_TRUE(std::signbit(read.number<double>(3)));
  EXPECT_TRUE(read.boolean(4 * 64 + 63));
  EXPECT_FALSE(read.boolean(4 * 64 + 62));
}

TEST(Builder, defaultsAreStoredAsZeros) {
  MessageBuilder builder(2, 0);
  builder.root().setNumber<std::int32_t>(0, 42, 42);
  builder.root().setNumber<double>(1, 2.5, 2.5);
  builder.root().setBoolean(32, true, true);
  const Message message = finished(std::move(builder));
  const StructReader read = message.root();
  EXPECT_EQ(read.number<std::uint64_t>(0), 0u);
  EXPECT_EQ(read.number<std::uint64_t>(1), 0u);
  EXPECT_EQ(read.number<std::int32_t>(0, 42), 42);
  EXPECT_EQ(read.number<double>(1, 2.5), 2.5);
  EXPECT_TRUE(read.boolean(32, true));
}

TEST(Builder, fieldsBeyondTheStructReadAsDefaults) {
  const Message message = finished(MessageBuilder(0, 0));
  const StructReader read = message.root();
  EXPECT_EQ(read.number<std::uint32_t>(7, 99), 99u);
  EXPECT_TRUE(read.boolean(1000, true));
  EXPECT_EQ(read.text(3, "default"), "default");
  EXPECT_TRUE(read.data(3).empty());
  EXPECT_EQ(read.structure(3).number<int>(0), 0);
  EXPECT_EQ(read.list(3).size(), 0u);
  EXPECT_FALSE(read.capability(3));
  EXPECT_TRUE(read.isNull(3));
}

TEST(Builder, textAndDataAreReadAsTheyWereWritten) {
  const std::string text("a\0b€", 6);
  const std::vector<std::byte> data{std::byte{0}, std::byte{255}};
  MessageBuilder builder(0, 4);
  builder.root().setText(0, text);
  builder.root().setText(1, "");
  builder.root().setData(2, data);
  const Message message = finished(std::move(builder));
  EXPECT_EQ(message.root().text(0, "default"), text);
  EXPECT_EQ(message.root().text(1, "default"), "");
  EXPECT_EQ(message.root().data(2), data);
  EXPECT_EQ(message.root().text(3, "default"), "default");
}

TEST(Builder, structsNest) {
  MessageBuilder builder(0, 1);
  StructBuilder inner = builder.root();
  for (std::uint32_t depth = 0; depth < 20; ++depth) {
    inner = inner.initStructure(0, 1, 1);
    inner.setNumber<std::uint32_t>(0, depth);
  }
  const Message message = finished(std::move(builder));
  StructReader read = message.root();
  for (std::uint32_t depth = 0; depth < 20; ++depth) {
    read = read.structure(0);
    EXPECT_EQ(read.number<std::uint32_t>(0), depth);
  }
}

TEST(Builder, listsOfNumbersAreReadAsTheyWereWritten) {
  MessageBuilder builder(0, 5);
  ListBuilder bytes = builder.root().initList(0, ElementSize::byte, 3);
  ListBuilder shorts = builder.root().initList(1, ElementSize::twoBytes, 3);
  ListBuilder words = builder.root().initList(2, ElementSize::fourBytes, 3);
  ListBuilder longs = builder.root().initList(3, ElementSize::eightBytes, 3);
  ListBuilder bits = builder.root().initList(4, ElementSize::bit, 11);
  for (unsigned i = 0; i < 3; ++i) {
    bytes.setNumber<std::uint8_t>(i, static_cast<std::uint8_t>(250 + i));
    shorts.setNumber<std::int16_t>(i, static_cast<std::int16_t>(-300 - int(i)));
    words.setNumber<float>(i, 0.5f + float(i));
    longs.setNumber<std::int64_t>(i, -1 - std::int64_t{i});
  }
  for (unsigned i = 0; i < 11; ++i) bits.setBoolean(i, i % 3 == 0);
  const Message message = finished(std::move(builder));
  const StructReader root = message.root();
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(root.list(0).number<std::uint8_t>(i), 250 + i);
    EXPECT_EQ(root.list(1).number<std::int16_t>(i), -300 - int(i));
    EXPECT_EQ(root.list(2).number<float>(i), 0.5f + float(i));
    EXPECT_EQ(root.list(3).number<std::int64_t>(i), -1 - std::int64_t{i});
  }
  ASSERT_EQ(root.list(4).size(), 11u);
  for (unsigned i = 0; i < 11; ++i) EXPECT_EQ(root.list(4).boolean(i), i % 3 == 0);
}

TEST(Builder, listsOfPointersAreReadAsTheyWereWritten) {
  const Capability echo(makeRef<Echo>());
  MessageBuilder builder(0, 4);
  ListBuilder texts = builder.root().initList(0, ElementSize::pointer, 2);
  texts.setText(0, "first");
  ListBuilder datas = builder.root().initList(1, ElementSize::pointer, 1);
  datas.setData(0, std::vector<std::byte>{std::byte{9}});
  ListBuilder lists = builder.root().initList(2, ElementSize::pointer, 2);
  lists.initList(0, ElementSize::byte, 1).setNumber<std::uint8_t>(0, 7);
  lists.initStructureList(1, 1, 1, 0).structure(0).setNumber<std::uint8_t>(0, 8);
  ListBuilder capabilities = builder.root().initList(3, ElementSize::pointer, 2);
  capabilities.setCapability(1, echo);
  const Message message = finished(std::move(builder));
  const StructReader root = message.root();
  EXPECT_EQ(root.list(0).text(0), "first");
  EXPECT_EQ(root.list(0).text(1), "");
  EXPECT_EQ(root.list(1).data(0), std::vector<std::byte>{std::byte{9}});
  EXPECT_EQ(root.list(2).list(0).number<std::uint8_t>(0), 7);
  EXPECT_EQ(root.list(2).list(1).structure(0).number<std::uint8_t>(0), 8);
  EXPECT_FALSE(root.list(3).capability(0));
  EXPECT_EQ(root.list(3).capability(1), echo);
}

TEST(Builder, listsOfStructsAreReadAsTheyWereWritten) {
  MessageBuilder builder(0, 1);
  ListBuilder list = builder.root().initStructureList(0, 3, 1, 1);
  for (unsigned i = 0; i < 3; ++i) {
    list.structure(i).setNumber<std::uint32_t>(0, i);
    list.structure(i).setText(0, std::to_string(i));
  }
  const Message message = finished(std::move(builder));
  const ListReader read = message.root().list(0);
  ASSERT_EQ(read.size(), 3u);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(read.structure(i).number<std::uint32_t>(0), i);
    EXPECT_EQ(read.structure(i).text(0), std::to_string(i));
    // As code reads it that knows an older schema: a list of numbers, or of texts.
    EXPECT_EQ(read.number<std::uint32_t>(i), i);
    EXPECT_EQ(read.text(i), std::to_string(i));
  }
}

TEST(Builder, listsMayBeEmpty) {
  MessageBuilder builder(0, 2);
  builder.root().initList(0, ElementSize::eightBytes, 0);
  builder.root().initStructureList(1, 0, 3, 3);
  const Message message = finished(std::move(builder));
  EXPECT_EQ(message.root().list(0).size(), 0u);
  EXPECT_EQ(message.root().list(1).size(), 0u);
  EXPECT_FALSE(message.root().isNull(0));
}

TEST(Builder, alwaysGivesOneSegment) {
  const Capability echo(makeRef<Echo>());
  for (const std::size_t bytes : {0u, 100u, 600u, 5000u, 300'000u}) {
    for (const std::size_t expected : {0u, 1000u, 1'000'000u}) {
      MessageBuilder builder(1, 4, expected);
      builder.root().setNumber<std::uint64_t>(0, bytes);
      builder.root().setText(0, std::string(bytes, 'x'));
      builder.root().setCapability(1, echo);
      ListBuilder list = builder.root().initStructureList(2, 50, 1, 1);
      for (unsigned i = 0; i < 50; ++i) list.structure(i).setText(0, std::string(bytes / 50, 'y'));
      builder.root().initStructure(3, 1, 1).setCapability(0, echo);
      const Message message = finished(std::move(builder));
      EXPECT_EQ(segmentsOf(message), 1u);
      EXPECT_EQ(message.root().text(0), std::string(bytes, 'x'));
      EXPECT_EQ(message.root().capability(1), echo);
      EXPECT_EQ(message.root().list(2).structure(49).text(0), std::string(bytes / 50, 'y'));
      EXPECT_EQ(message.root().structure(3).capability(0), echo);
      // What we make, we would take.
      EXPECT_TRUE(Message::copyOf(message.bytes(), message.capabilities(), nullptr).succeeded());
    }
  }
}

TEST(Builder, capabilityThatIsSetAgainReplacesTheFirst) {
  const Capability echo(makeRef<Echo>());
  const Capability keeper(makeRef<Keeper>());
  MessageBuilder builder(0, 2);
  builder.root().setCapability(0, echo);
  builder.root().setCapability(1, echo);
  builder.root().setCapability(0, keeper);
  builder.root().setCapability(1, {});
  const Message message = finished(std::move(builder));
  EXPECT_EQ(message.root().capability(0), keeper);
  EXPECT_FALSE(message.root().capability(1));
}

TEST(Builder, refusesFieldsOutsideOfTheStruct) {
  MessageBuilder builder(1, 1);
  StructBuilder root = builder.root();
  EXPECT_THROW(root.setNumber<std::uint64_t>(1, 1), Error);
  EXPECT_THROW(root.setNumber<std::uint8_t>(8, 1), Error);
  EXPECT_THROW(root.setBoolean(64, true), Error);
  EXPECT_THROW(root.setText(1, "x"), Error);
  EXPECT_THROW(root.setCapability(1, {}), Error);
  EXPECT_THROW(root.initStructure(1, 0, 0), Error);
  EXPECT_THROW(root.initList(1, ElementSize::bit, 0), Error);
  EXPECT_THROW(root.initStructure(0, 65536, 0), Error);
  EXPECT_THROW(MessageBuilder(0, 65536), Error);
}

TEST(Builder, refusesElementsOutsideOfTheListAndOfOtherKinds) {
  MessageBuilder builder(0, 3);
  ListBuilder numbers = builder.root().initList(0, ElementSize::fourBytes, 2);
  ListBuilder pointers = builder.root().initList(1, ElementSize::pointer, 2);
  ListBuilder structures = builder.root().initStructureList(2, 2, 1, 0);
  EXPECT_THROW(numbers.setNumber<std::uint32_t>(2, 1), Error);
  EXPECT_THROW(numbers.setNumber<std::uint64_t>(0, 1), Error);
  EXPECT_THROW(numbers.setBoolean(0, true), Error);
  EXPECT_THROW(numbers.setText(0, "x"), Error);
  EXPECT_THROW(numbers.structure(0), Error);
  EXPECT_THROW(pointers.setText(2, "x"), Error);
  EXPECT_THROW(pointers.setNumber<std::uint64_t>(0, 1), Error);
  EXPECT_THROW(structures.structure(2), Error);
  EXPECT_THROW(structures.setCapability(0, {}), Error);
}

TEST(Builder, refusesListsThatTheEncodingHasNoRoomFor) {
  MessageBuilder builder(0, 1);
  const std::size_t tooMany = std::size_t{1} << 29;
  EXPECT_THROW(builder.root().initList(0, ElementSize::nothing, tooMany), Error);
  EXPECT_THROW(builder.root().initStructureList(0, tooMany, 0, 0), Error);
  EXPECT_THROW(builder.root().initStructureList(0, tooMany - 1, 65535, 65535), Error);
}

TEST(Builder, refusesReadersOfWrongIndicesAndKinds) {
  MessageBuilder builder(0, 2);
  builder.root().initList(0, ElementSize::fourBytes, 2);
  builder.root().initList(1, ElementSize::bit, 2);
  const Message message = finished(std::move(builder));
  const ListReader numbers = message.root().list(0);
  const ListReader bits = message.root().list(1);
  EXPECT_THROW((void)numbers.number<std::uint32_t>(2), Error);
  EXPECT_THROW((void)numbers.number<std::uint64_t>(0), Error);
  EXPECT_THROW((void)numbers.boolean(0), Error);
  EXPECT_THROW((void)numbers.text(0), Error);
  EXPECT_THROW((void)numbers.structure(2), Error);
  EXPECT_THROW((void)bits.boolean(2), Error);
  EXPECT_THROW((void)bits.structure(0), Error);
  EXPECT_THROW((void)ListReader().number<int>(0), Error);
}

TEST(Builder, limitsWhatItFinishes) {
  MessageBuilder large(0, 1);
  large.root().setText(0, std::string(1000, 'x'));
  const auto refused = large.finish(nullptr, {.bytesMax = 1000});
  EXPECT_EQ(refused.error().detail(), ErrorDetail::badMessage);
  MessageBuilder many(0, 2);
  many.root().setCapability(0, Capability(makeRef<Echo>()));
  many.root().setCapability(1, Capability(makeRef<Echo>()));
  EXPECT_EQ(many.finish(nullptr, {.capabilitiesMax = 1}).error().detail(), ErrorDetail::badMessage);
}

TEST(Builder, chargesWhatItFinishes) {
  const auto payer = makeRef<Budget>();
  const auto poor = makeRef<Budget>(100);
  MessageBuilder builder(1, 0);
  {
    const Message message = builder.finish(payer).value();
    EXPECT_EQ(payer->used(), message.bytesCharged());
  }
  EXPECT_EQ(payer->used(), 0u);
  EXPECT_EQ(MessageBuilder(1, 0).finish(poor).error().detail(), ErrorDetail::memory);
}

}  // namespace
}  // namespace troop::proxy
