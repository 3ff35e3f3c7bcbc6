#include "proxy/any-pointer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

// A struct as capnpc-troop writes it.
struct Word {
  static constexpr unsigned dataWords = 1;
  static constexpr unsigned pointers = 1;
  void readFrom(const StructReader& reader) {
    number = reader.number<std::uint32_t>(0);
    text = reader.text(0);
  }
  void write(StructBuilder builder) const {
    builder.setNumber(0, number);
    builder.setText(0, text);
  }
  bool operator==(const Word&) const = default;

  std::uint32_t number = 0;
  std::string text;
};

Message holding(const AnyPointer& any) {
  MessageBuilder builder(0, 1);
  builder.root().setAnyPointer(0, any);
  return builder.finish(nullptr).value();
}

template <typename T>
void expectReturns(const T& value) {
  const AnyPointer any = value;
  EXPECT_FALSE(any.isNull());
  EXPECT_EQ(any.as<T>(), value);
  const AnyPointer received = holding(any).root().anyPointer(0);
  EXPECT_EQ(received.as<T>(), value);
  EXPECT_EQ(received, any);
}

TEST(AnyPointer, holdsWhatItWasMadeOf) {
  expectReturns(Word{.number = 7, .text = "seven"});
  expectReturns(std::string("text"));
  expectReturns(std::string());
  expectReturns(std::vector<std::byte>{std::byte{1}, std::byte{2}});
  expectReturns(std::vector<std::int16_t>{1, -2});
  expectReturns(std::vector<bool>{true, false, true});
  expectReturns(std::vector<Void>(3));
  expectReturns(std::vector<std::string>{"a", "", "b"});
  expectReturns(std::vector<Word>{{.number = 1}, {.text = "x"}});
  expectReturns(std::vector<std::vector<std::vector<double>>>{{{1.5}, {}}, {}});
  expectReturns(Capability(makeRef<Echo>()));
  EXPECT_EQ(AnyPointer("literal").as<std::string>(), "literal");
}

TEST(AnyPointer, keepsCapabilitiesInside) {
  const Capability one(makeRef<Echo>()), two(makeRef<Echo>());
  const AnyPointer inner = std::vector<Capability>{two, one};
  MessageBuilder builder(0, 2);
  builder.root().setCapability(0, one);
  builder.root().setAnyPointer(1, inner);
  const Message message = builder.finish(nullptr).value();
  EXPECT_EQ(message.root().anyPointer(0).as<Capability>(), one);
  EXPECT_EQ(message.root().anyPointer(1).as<std::vector<Capability>>(),
            (std::vector<Capability>{two, one}));
}

TEST(AnyPointer, isNothingByDefault) {
  const AnyPointer any;
  EXPECT_TRUE(any.isNull());
  EXPECT_EQ(any.as<Word>(), Word());
  EXPECT_EQ(any.as<std::string>(), "");
  EXPECT_TRUE(holding(any).root().anyPointer(0).isNull());
  EXPECT_TRUE(holding(any).root().anyPointer(9).isNull());
  EXPECT_EQ(any, AnyPointer(Capability()));
  EXPECT_NE(any, AnyPointer(std::string()));
}

TEST(AnyPointer, refusesAnotherType) {
  const AnyPointer any = std::string("text");
  try {
    any.as<Word>();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::badMessage);
  }
}

TEST(AnyPointer, outlivesTheMessageItCameIn) {
  AnyPointer any;
  {
    const Message message = holding(Word{.number = 3, .text = "three"});
    any = message.root().anyPointer(0);
  }
  EXPECT_EQ(any.as<Word>().text, "three");
}

TEST(AnyPointer, refusesACapabilityThatAMessageHasNot) {
  const Message message = holding(Capability(makeRef<Echo>()));
  const Message forged = Message::copyOf(message.bytes(), {}, nullptr).value();
  EXPECT_THROW(forged.root().anyPointer(0), Error);
}

}  // namespace
}  // namespace troop::proxy
