#include "proxy/boxed.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace troop::proxy {
namespace {

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
