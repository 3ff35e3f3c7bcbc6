#include "runtime/sharing/text.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/troop.h"

namespace troop {
namespace {

const std::string longText = "a text that does not fit into the object itself";

TEST(Text, holdsWhatItWasMadeOf) {
  for (std::size_t length = 0; length < 100; ++length) {
    const std::string model(length, static_cast<char>('a' + length % 26));
    const Text text = model;
    EXPECT_EQ(text.view(), model);
    EXPECT_EQ(text.size(), length);
    EXPECT_EQ(text.empty(), length == 0);
    EXPECT_EQ(text.shares(), length > Text::inlineMax);
    EXPECT_EQ(std::string(text.begin(), text.end()), model);
  }
}

TEST(Text, copiesOfLongOnesShareTheirMemory) {
  Text text = longText;
  Text copy = text;
  EXPECT_EQ(copy.data(), text.data());
  text = "other";
  EXPECT_EQ(copy, longText);
  const Text moved = std::move(copy);
  EXPECT_EQ(moved, longText);
  EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(Text, partsAreWhatPartsOfStringsAre) {
  const Text text = longText;
  for (std::size_t start = 0; start <= longText.size(); ++start) {
    for (std::size_t length = 0; length <= longText.size() + 1; ++length) {
      const Text part = text.part(start, length);
      ASSERT_EQ(part, longText.substr(start, length));
      if (part.shares()) ASSERT_EQ(part.data(), text.data() + start);
    }
  }
  EXPECT_TRUE(text.part(longText.size() + 10, 3).empty());
  EXPECT_EQ(text.part(2).part(3, 4), longText.substr(5, 4));
  EXPECT_EQ(Text("short").part(1, 3), "hor");
}

TEST(Text, aPartKeepsItsMemory) {
  Text part;
  {
    const Text text = longText;
    part = text.part(1);
  }
  EXPECT_EQ(part, longText.substr(1));
}

TEST(Text, isJoinedFromParts) {
  const Text text = Text::of({"GET ", longText, "", " HTTP/1.1"});
  EXPECT_EQ(text, "GET " + longText + " HTTP/1.1");
  EXPECT_EQ(Text::of({}), "");
  EXPECT_EQ(Text::of({"a", "b"}), "ab");
}

TEST(Text, isComparedHashedAndFormattedAsStringsAre) {
  const Text text = "b";
  EXPECT_TRUE(text == "b" && "b" == text && text == std::string("b") && text == Text("b"));
  EXPECT_TRUE(text != "c" && text < "c" && text > "a" && text < Text("bb"));
  EXPECT_EQ(std::hash<Text>()(longText), std::hash<std::string>()(longText));
  const std::unordered_set<Text> set{text, longText};
  EXPECT_TRUE(set.contains(longText));
  const std::map<Text, int> map{{"one", 1}, {"two", 2}};
  EXPECT_EQ(map.at("two"), 2);
  EXPECT_EQ(fmt::format("<{:>4}>", Text("abc")), "< abc>");
}

TEST(Bytes, holdAnyBytes) {
  std::vector<std::byte> model;
  for (int i = 0; i < 300; ++i) model.push_back(static_cast<std::byte>(i));
  const Bytes bytes(model);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), model.begin(), model.end()));
  EXPECT_EQ(bytes.part(256, 3).view()[1], std::byte{1});
  EXPECT_EQ(bytes.part(0, 256), Bytes(std::span(model).first(256)));
  EXPECT_LT(bytes.part(0, 10), bytes);
  EXPECT_EQ(bytes.view().data(), bytes.data());
  const std::unordered_set<Bytes> set{bytes};
  EXPECT_TRUE(set.contains(Bytes(model)));
}

TROOP_TEST(Text, isPaidForByWhoMakesItAndFreeWhereItIsShort) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  {
    const Text brief = "brief";
    EXPECT_EQ(memory->used(), before);
    const Text text = std::string(1000, 'x');
    EXPECT_GE(memory->used(), before + 1000);
    const std::vector<Text> copies(100, text);
    EXPECT_LT(memory->used(), before + 2000);
  }
  EXPECT_EQ(memory->used(), before);
}

TROOP_TEST(Text, crossesBetweenThreads) {
  auto [sender, receiver] = channel<Text>(4);
  Scope scope;
  for (int i = 0; i < 4; ++i) {
    scope.thread(
        [](Sender<Text> lines, Text whole) {
          for (std::size_t start = 0; start < 20; ++start) lines.send(whole.part(start)).value();
        },
        sender, Text(longText));
  }
  {
    const Sender<Text> done = std::move(sender);
  }
  std::size_t lines = 0;
  while (const std::optional<Text> line = receiver.receive()) {
    EXPECT_TRUE(longText.ends_with(line->view()));
    ++lines;
  }
  EXPECT_EQ(lines, 80);
}

}  // namespace
}  // namespace troop
