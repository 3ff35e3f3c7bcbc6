#include "sandbox/sdk/cpp/any-pointer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/sdk/cpp/testing/fake-host.h"

namespace troop::inline guest::testing {
namespace {

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

// As it arrives in a message that it is sent in.
AnyPointer received(const AnyPointer& any) {
  MessageBuilder builder(0, 1);
  builder.root().setAnyPointer(0, any);
  const std::unique_ptr<Building> message = builder.release();
  Reading reading(std::as_bytes(std::span(message->words)), message->capabilities);
  AnyPointer copy = reading.root().anyPointer(0);
  EXPECT_EQ(reading.fault(), nullptr);
  return copy;
}

template <typename T>
void expectReturns(const T& value) {
  const AnyPointer any = value;
  EXPECT_FALSE(any.isNull());
  EXPECT_EQ(*any.as<T>(), value);
  EXPECT_EQ(*received(any).as<T>(), value);
  EXPECT_EQ(received(any), any);
}

TEST(AnyPointer, holdsWhatItWasMadeOf) {
  expectReturns(Word{.number = 7, .text = "seven"});
  expectReturns(std::string("text"));
  expectReturns(std::string());
  expectReturns(std::vector<std::byte>{std::byte{1}, std::byte{2}});
  expectReturns(std::vector<std::int16_t>{1, -2});
  expectReturns(std::vector<bool>{true, false, true});
  expectReturns(std::vector<proxy::Void>(3));
  expectReturns(std::vector<std::string>{"a", "", "b"});
  expectReturns(std::vector<Word>{{.number = 1}, {.text = "x"}});
  expectReturns(std::vector<std::vector<std::vector<double>>>{{{1.5}, {}}, {}});
}

TEST(AnyPointer, keepsCapabilitiesInside) {
  FakeHost host;
  const Capability one = Capability::ofHandle(1), two = Capability::ofHandle(2);
  expectReturns(one);
  expectReturns(std::vector<Capability>{two, one, two});
}

TEST(AnyPointer, isNothingByDefault) {
  EXPECT_TRUE(AnyPointer().isNull());
  EXPECT_TRUE(received(AnyPointer()).isNull());
  EXPECT_EQ(*AnyPointer().as<Word>(), Word());
  EXPECT_TRUE(AnyPointer(Capability()).isNull());
  EXPECT_FALSE(AnyPointer(std::string()).isNull());
}

TEST(AnyPointer, refusesAnotherType) {
  const Expected<Word> word = AnyPointer("text").as<Word>();
  ASSERT_TRUE(word.failed());
  EXPECT_EQ(word.error().detail(), ErrorDetail::badMessage);
}

}  // namespace
}  // namespace troop::inline guest::testing
