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

struct Chain {
  std::string name;
  Boxed<Chain> next;
  bool operator==(const Chain&) const;
};
bool Chain::operator==(const Chain&) const = default;

Chain chain() {
  return {"first", Chain{"second", Chain{"third", {}}}};
}

TEST(Boxed, isAbsentUntilItHasAValue) {
  Boxed<Chain> box;
  EXPECT_FALSE(box);
  box.emplace().name = "new";
  ASSERT_TRUE(box);
  EXPECT_EQ(box->name, "new");
  box = {};
  EXPECT_FALSE(box);
}

TEST(Boxed, replacesItsValueByANewOne) {
  Boxed<Chain> box = chain();
  box.emplace();
  EXPECT_EQ(*box, Chain{});
}

TEST(Boxed, copiesDeeply) {
  const Chain original = chain();
  Chain copy = original;
  EXPECT_EQ(copy, original);
  copy.next->next->name = "changed";
  EXPECT_NE(copy, original);
  EXPECT_EQ(original.next->next->name, "third");
}

TEST(Boxed, movesWithoutCopying) {
  Boxed<Chain> box = chain();
  const Chain* const value = &*box;
  Boxed<Chain> moved = std::move(box);
  EXPECT_EQ(&*moved, value);
  // NOLINTNEXTLINE(bugprone-use-after-move): what is left is absent, as documented for moves
  EXPECT_FALSE(box);
  Boxed<Chain> other = Chain{};
  other = std::move(moved);
  EXPECT_EQ(&*other, value);
}

TEST(Boxed, canBeGivenWhatItContains) {
  Boxed<Chain> box = chain();
  box = box->next;
  EXPECT_EQ(box->name, "second");
  box = *box->next;
  EXPECT_EQ(box->name, "third");
  box = static_cast<const Boxed<Chain>&>(box);
  EXPECT_EQ(box->name, "third");
}

TEST(Boxed, comparesValues) {
  EXPECT_EQ(Boxed<Chain>(), Boxed<Chain>());
  EXPECT_EQ(Boxed<Chain>(chain()), Boxed<Chain>(chain()));
  EXPECT_NE(Boxed<Chain>(chain()), Boxed<Chain>());
  EXPECT_NE(Boxed<Chain>(), Boxed<Chain>(chain()));
  EXPECT_NE(Boxed<Chain>(chain()), Boxed<Chain>(Chain{}));
}

}  // namespace
}  // namespace troop::proxy
