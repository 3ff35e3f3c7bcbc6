#include "sandbox/wasm/binary.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace troop::sandbox::wasm {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

TEST(BinaryReader, readsWhatTheWriterWrote) {
  for (std::uint32_t value :
       {0u, 1u, 127u, 128u, 300u, 65535u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    BinaryWriter writer;
    writer.unsigned32(value);
    BinaryReader reader(writer.bytes());
    EXPECT_EQ(reader.unsigned32(), value);
    EXPECT_TRUE(reader.atEnd());
  }
}

TEST(BinaryWriter, endsSignedNumbersWhereTheSignIsClear) {
  const auto written = [](std::int64_t value) {
    BinaryWriter writer;
    writer.signed64(value);
    return std::move(writer).take();
  };
  EXPECT_EQ(written(0), bytes({0x00}));
  EXPECT_EQ(written(63), bytes({0x3f}));
  EXPECT_EQ(written(64), bytes({0xc0, 0x00}));
  EXPECT_EQ(written(-1), bytes({0x7f}));
  EXPECT_EQ(written(-64), bytes({0x40}));
  EXPECT_EQ(written(-65), bytes({0xbf, 0x7f}));
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()),
            bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}));
}

TEST(BinaryReader, passesOverNumbersOfAnyWidth) {
  const auto two = bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 0x2a});
  BinaryReader reader(two);
  reader.skipInteger();
  EXPECT_EQ(reader.byte(), 0x2a);
}

TEST(BinaryReader, refusesWhatEndsTooEarly) {
  EXPECT_THROW(BinaryReader(bytes({})).byte(), Error);
  EXPECT_THROW(BinaryReader(bytes({0x80})).unsigned32(), Error);
  EXPECT_THROW(BinaryReader(bytes({0x05, 'a', 'b'})).name(), Error);
  EXPECT_THROW(BinaryReader(bytes({1, 2, 3})).take(4), Error);
  EXPECT_THROW(BinaryReader(bytes({0x80, 0x80})).skipInteger(), Error);
}

TEST(BinaryReader, refusesNumbersThatAreTooWide) {
  EXPECT_THROW(BinaryReader(bytes({0xff, 0xff, 0xff, 0xff, 0x7f})).unsigned32(), Error);
  EXPECT_THROW(BinaryReader(bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x00})).unsigned32(), Error);
  const std::vector<std::byte> endless(11, std::byte{0x80});
  EXPECT_THROW(BinaryReader(endless).skipInteger(), Error);
}

TEST(BinaryFormat, numbersAreReadAsTheyWereWritten) {
  BinaryWriter out;
  constexpr std::array<std::uint32_t, 6> numbers{0, 1, 127, 128, 65'536, 0xffffffff};
  for (const std::uint32_t number : numbers) out.unsigned32(number);
  BinaryReader in(out.bytes());
  for (const std::uint32_t number : numbers) EXPECT_EQ(in.unsigned32(), number);
  EXPECT_TRUE(in.atEnd());
}

TEST(BinaryFormat, signedNumbersTakeAsFewBytesAsTheirSignLeaves) {
  for (const auto& [number, bytes] : {std::pair{0, 1}, {63, 1}, {64, 2}, {-64, 1}, {-65, 2}}) {
    BinaryWriter out;
    out.signed64(number);
    EXPECT_EQ(out.bytes().size(), static_cast<std::size_t>(bytes)) << number;
    BinaryReader in(out.bytes());
    in.skipInteger();
    EXPECT_TRUE(in.atEnd());
  }
}

TEST(BinaryFormat, whatEndsTooEarlyOrNeverIsRefused) {
  BinaryWriter out;
  out.append({0x80, 0x80});
  EXPECT_THROW(BinaryReader(out.bytes()).unsigned32(), Error);
  EXPECT_THROW(BinaryReader(out.bytes()).skipInteger(), Error);
  EXPECT_THROW(BinaryReader(out.bytes()).take(3), Error);
  EXPECT_THROW(BinaryReader(out.bytes()).skipIntegers(1'000'000), Error);
  out.append({0x80, 0x80, 0x80, 0x01});
  EXPECT_THROW(BinaryReader(out.bytes()).unsigned32(), Error);
}

TEST(BinaryFormat, sizedBytesBeginWithTheirSize) {
  BinaryWriter inner, out;
  inner.append({1, 2, 3});
  out.sized(inner.bytes());
  BinaryReader in(out.bytes());
  EXPECT_EQ(in.unsigned32(), 3u);
  EXPECT_EQ(in.take(3).size(), 3u);
}

TEST(BinaryReader, readsSignedNumbers) {
  for (const std::int32_t value : {0, 1, -1, 63, 64, -64, -65, INT32_MAX, INT32_MIN}) {
    BinaryWriter out;
    out.signed64(value);
    BinaryReader in(out.bytes());
    EXPECT_EQ(in.signed32(), value);
    EXPECT_TRUE(in.atEnd());
  }
  for (const std::int64_t value : {std::int64_t{INT32_MAX} + 1, std::int64_t{INT32_MIN} - 1}) {
    BinaryWriter out;
    out.signed64(value);
    BinaryReader in(out.bytes());
    EXPECT_THROW(in.signed32(), Error);
  }
}

}  // namespace
}  // namespace troop::sandbox::wasm
