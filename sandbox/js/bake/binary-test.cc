#include "sandbox/js/bake/binary.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "runtime/error.h"

namespace troop::sandbox::js {
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

}  // namespace
}  // namespace troop::sandbox::js
