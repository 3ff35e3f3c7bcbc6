#include "proxy/values.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "proxy/builder.h"
#include "proxy/message.h"
#include "proxy/reader.h"
#include "runtime/error.h"

namespace troop::proxy {
namespace {

// As capnpc-troop writes it, with more in it than in messages.
struct Large {
  std::uint8_t number = 0;
  char more[199] = {};

  static constexpr unsigned dataWords = 1;
  static constexpr unsigned pointers = 0;
  static Large read(const StructReader& reader) {
    Large value;
    value.readFrom(reader);
    return value;
  }
  void readFrom(const StructReader& reader) { number = reader.number<std::uint8_t>(0); }
  void write(StructBuilder builder) const { builder.setNumber(0, number); }
};

template <typename Write>
Message messageOf(Write write) {
  MessageBuilder builder(0, 2);
  StructBuilder root = builder.root();
  write(root);
  return std::move(builder.finish({}).value());
}

ErrorDetail detailOf(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    return error.detail();
  }
  return ErrorDetail::none;
}

TEST(Values, ofNestedListsComeBack) {
  const std::vector<std::vector<std::vector<std::string>>> cube = {{{"a"}, {}}, {}, {{"b", "c"}}};
  const Message message = messageOf([&](StructBuilder& root) {
    writeLists(root, 0, cube, [](auto& list, std::size_t i, const auto& square) {
      writeLists(list, i, square, writeTexts);
    });
  });
  EXPECT_EQ(readLists(message.root().list(0),
                      [](const ListReader& list) { return readLists(list, readTexts); }),
            cube);
}

TEST(Values, areInProportionToTheirMessage) {
  const std::vector<Large> values(20'000, Large{.number = 7});
  const Message message = messageOf([&](StructBuilder& root) { writeStructs(root, 0, values); });
  EXPECT_EQ(readStructs<Large>(message.root().list(0)).size(), values.size());
}

TEST(Values, outOfProportionToTheirMessageAreRefused) {
  // Each byte of the message would become 200 bytes.
  const std::vector<std::uint8_t> bytes(100'000);
  const Message message = messageOf([&](StructBuilder& root) { writeNumbers(root, 0, bytes); });
  EXPECT_EQ(readNumbers<std::uint8_t>(message.root().list(0)), bytes);
  EXPECT_EQ(detailOf([&] { (void)readStructs<Large>(message.root().list(0)); }),
            ErrorDetail::badMessage);
}

TEST(Values, areCountedTogether) {
  // One list, that many pointers lead to, is small enough; all of them are not.
  const Message message = messageOf([&](StructBuilder& root) {
    ListBuilder lists = root.initList(0, ElementSize::pointer, 100);
    for (std::size_t i = 0; i < 100; ++i) lists.initStructureList(i, 200, 0, 0);
  });
  EXPECT_EQ(detailOf([&] { (void)readStructs<Large>(message.root().list(0).list(0)); }),
            ErrorDetail::none);
  EXPECT_EQ(detailOf([&] { (void)readLists(message.root().list(0), readStructs<Large>); }),
            ErrorDetail::badMessage);
}

}  // namespace
}  // namespace troop::proxy
