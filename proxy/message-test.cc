#include "proxy/message.h"

#include <gtest/gtest.h>

#include "proxy/testing/endpoints.h"
#include "proxy/testing/words.h"

namespace troop::proxy {
namespace {

using namespace testing;
using namespace literals;

std::string failureOf(std::span<const std::byte> bytes, const MessageLimits& limits = {}) {
  const Expected<Message> message = Message::copyOf(bytes, {}, nullptr, limits);
  if (message.succeeded()) return "accepted";
  EXPECT_EQ(message.error().kind(), ErrorKind::failed);
  EXPECT_EQ(message.error().detail(), ErrorDetail::badMessage);
  return message.error().reason();
}

TEST(Message, thatIsEmptyHasTheDefaultRoot) {
  const Message message = Message::empty();
  EXPECT_EQ(message.bytes().size(), 16u);
  EXPECT_EQ(message.root().number<std::uint64_t>(0), 0u);
  EXPECT_EQ(message.root().pointers(), 0u);
  EXPECT_TRUE(message.capabilities().empty());
}

TEST(Message, isACopyOfItsBytes) {
  std::vector<std::byte> bytes = framed({{structPointer(0, 1, 0), 42}});
  const Message message = Message::copyOf(bytes, {}, nullptr).value();
  std::fill(bytes.begin(), bytes.end(), std::byte{0xff});
  EXPECT_EQ(message.root().number<std::uint64_t>(0), 42u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message.bytes().data()) % 8, 0u);
}

TEST(Message, isCopiedFromBytesThatAreNotAligned) {
  const std::vector<std::byte> bytes = framed({{structPointer(0, 1, 0), 42}});
  std::vector<std::byte> shifted(bytes.size() + 3);
  std::copy(bytes.begin(), bytes.end(), shifted.begin() + 3);
  const Message message = Message::copyOf(std::span(shifted).subspan(3), {}, nullptr).value();
  EXPECT_EQ(numberOf(message), 42u);
}

TEST(Message, ofSeveralSegmentsIsReadThroughFarPointers) {
  const Message message = messageOf({{farPointer(0, 1)}, {structPointer(0, 1, 0), 42}});
  EXPECT_EQ(numberOf(message), 42u);
}

TEST(Message, framingIsCheckedToTheByte) {
  std::vector<std::byte> bytes = framed({{structPointer(0, 1, 0), 42}});
  EXPECT_EQ(failureOf(bytes), "accepted");
  EXPECT_EQ(failureOf(std::span(bytes).first(bytes.size() - 8)),
            "malformed message: its segments claim 24 bytes, there are 16");
  EXPECT_EQ(failureOf(std::span(bytes).first(bytes.size() - 1)),
            "malformed message: 23 bytes are no whole number of words");
  bytes.resize(bytes.size() + 8);
  EXPECT_EQ(failureOf(bytes), "malformed message: its segments claim 24 bytes, there are 32");
}

TEST(Message, framingOfNoBytesIsRefused) {
  EXPECT_EQ(failureOf({}), "malformed message: 0 bytes are no whole number of words");
}

TEST(Message, framingWithHugeNumbersIsRefused) {
  EXPECT_EQ(failureOf(bytesOf({~Word{0}})),
            "malformed message: 4294967296 segments are over the limit of 64");
  EXPECT_EQ(failureOf(bytesOf({0xffffffff00000000})),
            "malformed message: its segments claim 34359738368 bytes, there are 8");
  EXPECT_EQ(failureOf(bytesOf({63})), "malformed message: the table of 64 segments is cut off");
  const Words allFull(1 + 32, ~Word{0});
  Words table = allFull;
  table[0] = 0xffffffff0000003f;
  EXPECT_EQ(failureOf(bytesOf(table)),
            "malformed message: its segments claim 2199023255304 bytes, there are 264");
}

TEST(Message, segmentsAreLimited) {
  std::vector<Words> segments(64, Words{0});
  EXPECT_EQ(failureOf(framed(segments)), "accepted");
  segments.push_back({0});
  EXPECT_EQ(failureOf(framed(segments)), "malformed message: 65 segments are over the limit of 64");
}

TEST(Message, sizeIsLimited) {
  const std::vector<std::byte> bytes = framed({{structPointer(0, 1, 0), 42}});
  EXPECT_EQ(failureOf(bytes, {.bytesMax = 24}), "accepted");
  EXPECT_EQ(failureOf(bytes, {.bytesMax = 23}),
            "malformed message: 24 bytes are over the limit of 23 bytes");
}

TEST(Message, capabilitiesAreLimited) {
  const std::vector<Capability> capabilities(3, Capability(makeRef<Echo>()));
  const std::vector<std::byte> bytes = framed({{0}});
  EXPECT_TRUE(Message::copyOf(bytes, capabilities, nullptr, {.capabilitiesMax = 3}).succeeded());
  const auto refused = Message::copyOf(bytes, capabilities, nullptr, {.capabilitiesMax = 2});
  EXPECT_EQ(refused.error().reason(), "malformed message: 3 capabilities are over the limit of 2");
}

TEST(Message, isPaidForUntilItIsDestroyed) {
  const auto payer = makeRef<Budget>();
  {
    const Message message =
        Message::copyOf(framed({{structPointer(0, 1, 0), 42}}), {}, payer).value();
    EXPECT_EQ(payer->used(), message.bytesCharged());
    EXPECT_GE(message.bytesCharged(), message.bytes().size());
  }
  EXPECT_EQ(payer->used(), 0u);
}

TEST(Message, chargeMovesWithItAndToAnotherPayer) {
  const auto payer = makeRef<Budget>();
  const auto other = makeRef<Budget>();
  Message message = Message::copyOf(framed({{0}}), {}, payer).value();
  Message moved = std::move(message);
  EXPECT_EQ(payer->used(), moved.bytesCharged());
  EXPECT_TRUE(moved.chargeTo(other).succeeded());
  EXPECT_EQ(payer->used(), 0u);
  EXPECT_EQ(other->used(), moved.bytesCharged());
  EXPECT_TRUE(moved.chargeTo(nullptr).succeeded());
  EXPECT_EQ(other->used(), 0u);
}

TEST(Message, thatNobodyCanPayForIsRefusedBeforeItIsCopied) {
  const auto poor = makeRef<Budget>(100);
  const auto refused = Message::copyOf(framed({{0}}), {}, poor);
  EXPECT_EQ(refused.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(refused.error().detail(), ErrorDetail::memory);
  EXPECT_EQ(poor->used(), 0u);
}

TEST(Message, chargeStaysWhereItIsWhenTheOtherCannotPay) {
  const auto payer = makeRef<Budget>();
  const auto poor = makeRef<Budget>(100);
  Message message = Message::copyOf(framed({{0}}), {}, payer).value();
  const auto refused = message.chargeTo(poor);
  EXPECT_EQ(refused.error().detail(), ErrorDetail::memory);
  EXPECT_EQ(payer->used(), message.bytesCharged());
  EXPECT_EQ(poor->used(), 0u);
}

TEST(Message, capabilityIsFoundByItsPath) {
  const Capability echo(makeRef<Echo>());
  const Capability keeper(makeRef<Keeper>());
  // root { capability 1, struct { null, capability 0 } }
  const Message message = messageOf({{structPointer(0, 0, 2), capabilityPointer(1),
                                      structPointer(0, 0, 2), 0, capabilityPointer(0)}},
                                    {echo, keeper});
  const auto at = [&](std::vector<std::uint16_t> path) { return message.capabilityAt(path); };
  EXPECT_EQ(at({0}), keeper);
  EXPECT_EQ(at({1, 1}), echo);
  EXPECT_FALSE(at({1, 0}));
  EXPECT_FALSE(at({1, 0, 7}));
  EXPECT_FALSE(at({9}));
  EXPECT_THROW(at({}), Error);
  EXPECT_THROW(at({1}), Error);
  EXPECT_THROW(at({0, 0}), Error);
}

TEST(Message, capabilityPointerOutsideOfItsTableIsRefused) {
  const Message message =
      messageOf({{structPointer(0, 0, 1), capabilityPointer(1)}}, {Capability(makeRef<Echo>())});
  try {
    message.root().capability(0);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::badMessage);
    EXPECT_NE(error.reason().find("capability at pointer 0"), std::string::npos) << error.reason();
  }
}

TEST(Message, capabilityPointerWithoutAnyTableIsRefused) {
  const Message message = messageOf({{structPointer(0, 0, 1), capabilityPointer(0)}});
  EXPECT_THROW(message.root().capability(0), Error);
}

TEST(Message, keepsBytesAndChargeWithOtherCapabilities) {
  const auto payer = makeRef<Budget>();
  const Capability echo(makeRef<Echo>());
  const Capability keeper(makeRef<Keeper>());
  Message message = numbered(7, {echo}, payer);
  const std::size_t used = payer->used();
  const Message changed = std::move(message).withCapabilities({keeper});
  EXPECT_EQ(numberOf(changed), 7u);
  EXPECT_EQ(changed.root().capability(0), keeper);
  EXPECT_EQ(payer->used(), used);
}

TEST(Message, eachRootHasTraversalLimitsOfItsOwn) {
  const Message message = messageOf({{structPointer(0, 0, 1), listPointer(0, 2, 1), 0x41}}, {},
                                    {.traversalBytesMax = 32});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(message.root().list(0).number<std::uint8_t>(0), 0x41);
  const StructReader once = message.root();
  EXPECT_EQ(once.list(0).size(), 1u);
  EXPECT_THROW((void)once.list(0), Error);
}

}  // namespace
}  // namespace troop::proxy
