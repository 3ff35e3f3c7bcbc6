#include "runtime/base/list.h"

#include <gtest/gtest.h>

#include <string>

namespace troop {
namespace {

struct Element : ListHook<struct FirstTag>, ListHook<struct SecondTag> {
  explicit Element(char elementName) : name(elementName) {}
  char name;
};
using First = List<Element, FirstTag>;
using Second = List<Element, SecondTag>;

template <typename L>
std::string names(const L& list) {
  std::string result;
  for (Element* e = list.front(); e != nullptr; e = list.after(*e)) result += e->name;
  return result;
}

TEST(List, keepsOrderAndCount) {
  First list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.popFront(), nullptr);
  Element a('a'), b('b'), c('c');
  for (Element* e : {&a, &b, &c}) list.pushBack(*e);
  EXPECT_EQ(names(list), "abc");
  EXPECT_EQ(list.count(), 3u);
  EXPECT_EQ(list.at(2).name, 'c');
  list.remove(b);
  EXPECT_EQ(names(list), "ac");
  EXPECT_FALSE(static_cast<ListHook<FirstTag>&>(b).linked());
  EXPECT_EQ(list.popFront(), &a);
  EXPECT_EQ(list.popFront(), &c);
  EXPECT_TRUE(list.empty());
}

TEST(CountedList, knowsHowManyItHas) {
  CountedList<Element, FirstTag> list;
  EXPECT_EQ(list.popFront(), nullptr);
  EXPECT_EQ(list.size(), 0u);
  Element a('a'), b('b'), c('c');
  for (Element* e : {&a, &b, &c}) list.pushBack(*e);
  EXPECT_EQ(list.size(), 3u);
  list.remove(b);
  EXPECT_EQ(names(list), "ac");
  EXPECT_EQ(list.popFront(), &a);
  EXPECT_EQ(list.size(), 1u);
  list.remove(c);
  EXPECT_EQ(list.size(), 0u);
}

TEST(List, holdsAnElementOncePerTag) {
  First first;
  Second second;
  Element a('a'), b('b');
  first.pushBack(a);
  first.pushBack(b);
  second.pushBack(b);
  first.remove(b);
  EXPECT_EQ(names(first), "a");
  EXPECT_EQ(names(second), "b");
  first.remove(a);
  second.remove(b);
}

TEST(List, splicesAllOfAnother) {
  First one, other, empty;
  Element a('a'), b('b'), c('c');
  one.pushBack(a);
  other.pushBack(b);
  other.pushBack(c);
  one.splice(other);
  EXPECT_EQ(names(one), "abc");
  EXPECT_TRUE(other.empty());
  one.splice(empty);
  EXPECT_EQ(one.count(), 3u);
  other.splice(one);
  EXPECT_EQ(names(other), "abc");
  EXPECT_TRUE(one.empty());
  while (other.popFront() != nullptr) {
  }
}

}  // namespace
}  // namespace troop
