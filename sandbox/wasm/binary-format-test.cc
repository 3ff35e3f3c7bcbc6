#include "sandbox/wasm/binary-format.h"

#include <gtest/gtest.h>

#include <array>

#include "runtime/error.h"

namespace troop::sandbox::wasm::format {
namespace {

TEST(BinaryFormat, numbersAreReadAsTheyWereWritten) {
  Writer out;
  constexpr std::array<std::uint32_t, 6> numbers{0, 1, 127, 128, 65'536, 0xffffffff};
  for (const std::uint32_t number : numbers) out.number(number);
  Reader in(out.view());
  for (const std::uint32_t number : numbers) EXPECT_EQ(in.number(), number);
  EXPECT_TRUE(in.atEnd());
}

TEST(BinaryFormat, signedNumbersTakeAsFewBytesAsTheirSignLeaves) {
  for (const auto& [number, bytes] : {std::pair{0, 1}, {63, 1}, {64, 2}, {-64, 1}, {-65, 2}}) {
    Writer out;
    out.signedNumber(number);
    EXPECT_EQ(out.size(), static_cast<std::size_t>(bytes)) << number;
    Reader in(out.view());
    in.skipNumber();
    EXPECT_TRUE(in.atEnd());
  }
}

TEST(BinaryFormat, whatEndsTooEarlyOrNeverIsRefused) {
  Writer out;
  out.bytes({0x80, 0x80});
  EXPECT_THROW(Reader(out.view()).number(), Error);
  EXPECT_THROW(Reader(out.view()).skipNumber(), Error);
  EXPECT_THROW(Reader(out.view()).take(3), Error);
  EXPECT_THROW(Reader(out.view()).skipNumbers(1'000'000), Error);
  out.bytes({0x80, 0x80, 0x80, 0x01});
  EXPECT_THROW(Reader(out.view()).number(), Error);
}

TEST(BinaryFormat, sizedBytesBeginWithTheirSize) {
  Writer inner, out;
  inner.bytes({1, 2, 3});
  out.sized(inner.view());
  Reader in(out.view());
  EXPECT_EQ(in.number(), 3u);
  EXPECT_EQ(in.take(3).size(), 3u);
}

}  // namespace
}  // namespace troop::sandbox::wasm::format
