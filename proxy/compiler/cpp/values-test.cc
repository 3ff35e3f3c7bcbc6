// Generated values: they come back from messages as they went in, and the schema compiler's tool
// encodes and decodes the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "proxy/compiler/testdata/everything.troop.h"
#include "proxy/compiler/testdata/samples.h"
#include "proxy/compiler/testing/schema-tool.h"

namespace troop::test {
namespace {

using proxy::Message;
using proxy::compiler::expectSame;
using proxy::compiler::messageOf;
using proxy::compiler::SchemaTool;
using shared::Point;

const SchemaTool tool("proxy/compiler/testdata/everything.capnp");

template <typename T>
T roundTrip(const T& value) {
  return T::read(messageOf(value).root());
}

TEST(Values, comeBackAsTheyWentIn) {
  EXPECT_EQ(roundTrip(sampleScalars()), sampleScalars());
  EXPECT_EQ(roundTrip(sampleDefaults()), sampleDefaults());
  EXPECT_EQ(roundTrip(sampleLists()), sampleLists());
  EXPECT_EQ(roundTrip(sampleShape()), sampleShape());
  EXPECT_EQ(roundTrip(sampleGroups()), sampleGroups());
  EXPECT_EQ(roundTrip(sampleTree()), sampleTree());
  EXPECT_EQ(roundTrip(sampleOuter()), sampleOuter());
  EXPECT_EQ(roundTrip(sampleKeywords()), sampleKeywords());
}

TEST(Values, differWhereOneFieldDoes) {
  Tree tree = sampleTree();
  tree.through->trees[0][0].value = 8;
  EXPECT_NE(tree, sampleTree());
  Groups groups = sampleGroups();
  groups.kind.person.mood.bad = "sun";
  EXPECT_NE(groups, sampleGroups());
}

TEST(Values, startAsTheirDefaults) {
  const Defaults value;
  EXPECT_TRUE(value.flag);
  EXPECT_EQ(value.tiny, -128);
  EXPECT_EQ(value.small, -32768);
  EXPECT_EQ(value.medium, -2147483647 - 1);
  EXPECT_EQ(value.large, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value.byte, 255);
  EXPECT_EQ(value.unsignedSmall, 65535);
  EXPECT_EQ(value.unsignedMedium, 4294967295u);
  EXPECT_EQ(value.unsignedLarge, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(value.single, 0.1f);
  EXPECT_EQ(value.double_, -1.5e300);
  EXPECT_EQ(value.endless, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(value.noNumber));
  EXPECT_EQ(value.color, Color::green);
  EXPECT_EQ(value.text, "quotes \" and \\ and\nlines and ünïcode ?\?/");
  EXPECT_EQ(value.data, bytesOf({0, 0xff, 0x10}));
  EXPECT_EQ(value.numbers, (std::vector<std::int16_t>{1, -2, 3}));
  EXPECT_EQ(value.words, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(value.grid, (std::vector<std::vector<float>>{{1.5f}, {}, {2.0f, -0.25f}}));
  EXPECT_EQ(value.point, (Point{.x = 3, .y = -4}));
  EXPECT_EQ(value.points, (std::vector<Point>{{.x = 1}, {.y = 2}}));
  EXPECT_EQ(value.shape, (Shape{.name = "disc", .which = Shape::Which::circle, .circle = 2.5}));
  EXPECT_EQ(value.switches, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(value.colors, (std::vector<Color>{Color::deepBlue, Color::red}));
  EXPECT_EQ(value.blobs, (std::vector<std::vector<std::byte>>{bytesOf({1}), {}}));
  EXPECT_EQ(value.nothings.size(), 2u);
  EXPECT_TRUE(std::signbit(value.negativeZero));
}

TEST(Values, readTheirDefaultsFromTheNullMessage) {
  Defaults value = Defaults::read(Message::empty().root());
  Defaults expected;
  EXPECT_TRUE(std::isnan(value.noNumber));
  value.noNumber = expected.noNumber = 0;
  EXPECT_EQ(value, expected);
  EXPECT_TRUE(std::signbit(value.negativeZero));
}

TEST(Values, ofNumbersThatAreDefaultsAreZeroInMessages) {
  Defaults value;
  const Message message = messageOf(value);
  const auto root = message.root();
  for (unsigned word = 0; word < Defaults::dataWords; ++word) {
    EXPECT_EQ(root.number<std::uint64_t>(word), 0u) << word;
  }
}

TEST(Values, canReplaceADefaultByNothing) {
  const Defaults value = roundTrip(sampleDefaults());
  EXPECT_EQ(value.text, "");
  EXPECT_TRUE(value.data.empty());
  EXPECT_TRUE(value.numbers.empty());
  EXPECT_TRUE(value.nothings.empty());
}

TEST(Values, ofScalarsAreWhatTheToolMakesOfThem) {
  expectSame(tool, "Scalars", sampleScalars(),
             "(nothing = void, flag = true, tiny = -128, small = -32768, "
             "medium = -2147483648, large = -9223372036854775808, byte = 255, "
             "unsignedSmall = 65535, unsignedMedium = 4294967295, "
             "unsignedLarge = 18446744073709551615, single = -1.5, double = 0.1, "
             "color = deepBlue, otherFlag = true, "
             "text = \"ünïcode \\\"text\\\"\", data = \"\\000\\001\\377\")");
}

TEST(Values, ofDefaultsAreWhatTheToolMakesOfThem) {
  expectSame(
      tool, "Defaults", sampleDefaults(),
      "(flag = false, tiny = 1, small = 2, medium = 3, large = 4, byte = 5, unsignedSmall = 6, "
      "unsignedMedium = 7, unsignedLarge = 8, single = 0.5, double = 2.25, endless = 1, "
      "noNumber = 2, color = red, text = \"\", data = \"\", numbers = [], words = [\"other\"], "
      "grid = [[-1]], point = (x = 1, y = 2), points = [], "
      "shape = (name = \"label\", label = \"text\"), switches = [], colors = [new], blobs = [], "
      "nothings = [], negativeZero = 0)");
}

TEST(Values, ofListsAreWhatTheToolMakesOfThem) {
  expectSame(tool, "Lists", sampleLists(),
             "(nothings = [void, void, void], "
             "flags = [true, false, true, true, false, false, true, false, true], "
             "tinies = [-1, -128, 127], smalls = [-1, -32768], mediums = [-1, -2147483648], "
             "larges = [-1, -9223372036854775808], bytes = [0, 255], unsignedSmalls = [0, 65535], "
             "unsignedMediums = [0, 4294967295], unsignedLarges = [0, 18446744073709551615], "
             "singles = [0.5, -inf], doubles = [0.1, inf], colors = [green, new], "
             "texts = [\"\", \"one\", \"zwei ü\"], datas = [\"\", \"\\a\"], "
             "points = [(x = 1, y = -1), (x = 0, y = 0)], empties = [(), ()], "
             "grid = [[1, 2], [], [-3]], cube = [[[\"a\", \"b\"], []], [], [[\"c\"]]], "
             "shapes = [[(name = \"c\", circle = 1.5)], []], flagRows = [[true, false], []], "
             "colorRows = [[], [deepBlue]])");
}

TEST(Values, ofUnionsAndGroupsAreWhatTheToolMakesOfThem) {
  expectSame(tool, "Shape", sampleShape(),
             "(name = \"outer\", nested = (name = \"inner\", "
             "box = (corner = (x = -5, y = 6), width = 7, height = 1)))");
  expectSame(tool, "Groups", sampleGroups(),
             "(address = (street = \"High Street\", place = (city = \"Town\", code = 4711)), "
             "kind = (person = (age = 33, mood = (bad = \"rain\"))))");
  const Shape polygon = {.which = Shape::Which::polygon, .polygon = {Point{.x = 1}}};
  EXPECT_EQ(roundTrip(polygon), polygon);
  expectSame(tool, "Shape", polygon, "(polygon = [(x = 1, y = 0)])");
}

TEST(Values, thatContainThemselvesAreWhatTheToolMakesOfThem) {
  expectSame(tool, "Tree", sampleTree(),
             "(value = 1, left = (value = 2, left = (value = 7, more = ()), "
             "children = [(value = 7, more = ()), (value = 7, more = ())], more = ()), "
             "children = [(value = 2, left = (value = 7, more = ()), "
             "children = [(value = 7, more = ()), (value = 7, more = ())], more = ())], "
             "through = (tree = (value = 7, more = ()), "
             "trees = [[(value = 7, more = ())], []]), "
             "more = (tree = (value = 7, more = ())))");
}

TEST(Values, whoseNamesAreKeywordsAreWhatTheToolMakesOfThem) {
  expectSame(tool, "Keywords", sampleKeywords(),
             "(class = 1, new = \"new\", delete = true, namespace = \"namespace\", "
             "default = 2, read = \"read\", write = \"write\", which = \"which\", "
             "dataWords = 3, pointers = 4, value = 5, reader = \"reader\", "
             "builder = \"builder\", constructor = \"constructor\", unix = 6, errno = 7, "
             "this = 8, function = 9, std = 10, troop = 11, bool = true, "
             "switch = \"switch\")");
}

TEST(Values, ofNestedTypesAreWhatTheToolMakesOfThem) {
  expectSame(tool, "Outer", sampleOuter(),
             "(inner = (word = \"word\", deep = (number = 5, kind = fancy)), "
             "deeps = [(number = 5, kind = fancy), (number = 0, kind = plain)])");
}

TEST(Values, ofOldAndNewVersionsReadEachOther) {
  const OldVersion old = {.number = 5, .text = "five"};
  const NewVersion read = NewVersion::read(messageOf(old).root());
  EXPECT_EQ(read, (NewVersion{.number = 5, .text = "five"}));
  EXPECT_EQ(read.added, 7);
  EXPECT_EQ(read.more, "more");
  const NewVersion changed = {.number = 6, .text = "six", .added = 1, .more = "x"};
  EXPECT_EQ(OldVersion::read(messageOf(changed).root()), (OldVersion{.number = 6, .text = "six"}));
}

TEST(Values, keepWhatTheyDoNotKnow) {
  const Scalars unknownColor = {.color = static_cast<Color>(77)};
  EXPECT_EQ(roundTrip(unknownColor), unknownColor);
  const Shape unknownMember = {.which = static_cast<Shape::Which>(77)};
  EXPECT_EQ(roundTrip(unknownMember), unknownMember);
}

TEST(Values, canBeMovedOutOfBoxes) {
  Tree tree = sampleTree();
  Tree moved = std::move(tree);
  EXPECT_EQ(moved, sampleTree());
  tree = moved;
  tree.left = {};
  EXPECT_FALSE(tree.left);
  EXPECT_TRUE(moved.left);
  tree = *moved.left;
  // A copy, because assigning what lies inside of a value destroys it.
  moved = Tree(*moved.left);
  EXPECT_EQ(tree, moved);
}

TEST(Values, ofOutOfProportionListsAreRefused) {
  // 500,000 structs of no size: a message of a few bytes that would take 100 MB as values.
  proxy::MessageBuilder builder(0, 16);
  builder.root().initStructureList(15, 8000, 0, 0);
  const Message small = std::move(builder.finish({}).value());
  EXPECT_EQ(Lists::read(small.root()).points.size(), 8000u);

  proxy::MessageBuilder bytes(0, 1);
  bytes.root().initList(0, proxy::ElementSize::byte, 200'000);
  const Message message = std::move(bytes.finish({}).value());
  try {
    (void)proxy::readStructs<Lists>(message.root().list(0));
    FAIL() << "a hundred million bytes of values";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::badMessage);
    EXPECT_THAT(error.reason(), testing::HasSubstr("200000 elements is out of proportion"));
  }
}

// Reads a damaged copy of a sample; whether that failed.
template <typename T>
bool failsWhenDamaged(const T& sample, std::mt19937& random) {
  const Message message = messageOf(sample);
  std::vector<std::byte> bytes(message.bytes().begin(), message.bytes().end());
  const std::size_t framing = 8;
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (std::size_t damage = 0; damage <= below(4); ++damage) {
    bytes[framing + below(bytes.size() - framing)] = static_cast<std::byte>(below(256));
  }
  auto damaged = Message::copyOf(bytes, {}, {});
  try {
    const T value = T::read(damaged.value().root());
    EXPECT_NO_THROW((void)messageOf(value));
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    EXPECT_EQ(error.detail(), ErrorDetail::badMessage) << error.reason();
    return true;
  }
}

TEST(Values, ofDamagedMessagesAreReadOrRefused) {
  const unsigned seed = testing::UnitTest::GetInstance()->random_seed();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr int rounds = 400;
  int failed = 0;
  for (int round = 0; round < rounds; ++round) {
    failed += failsWhenDamaged(sampleDefaults(), random) ? 1 : 0;
    failed += failsWhenDamaged(sampleLists(), random) ? 1 : 0;
    failed += failsWhenDamaged(sampleShape(), random) ? 1 : 0;
    failed += failsWhenDamaged(sampleGroups(), random) ? 1 : 0;
    failed += failsWhenDamaged(sampleTree(), random) ? 1 : 0;
  }
  EXPECT_GT(failed, rounds / 2);
  EXPECT_LT(failed, 5 * rounds);
}

TEST(Constants, areWhatTheSchemaSays) {
  static_assert(answer == 42);
  static_assert(pi == 3.141592653589793);
  static_assert(greeting == std::string_view("hello\0there", 11));
  static_assert(favourite == Color::deepBlue);
  static_assert(yes);
  static_assert(small == std::numeric_limits<std::int64_t>::min());
  static_assert(Outer::Inner::limit == 12);
  EXPECT_EQ(blob(), bytesOf({0xde, 0xad}));
  EXPECT_EQ(primes(), (std::vector<std::uint8_t>{2, 3, 5}));
  EXPECT_EQ(disc(), (Shape{.name = "d", .which = Shape::Which::circle, .circle = 1}));
  EXPECT_EQ(Outer::origin(), (Point{.x = 1, .y = 2}));
}

TEST(Names, canBeChosenForCpp) {
  const Recalled value = {.young = 3};
  EXPECT_EQ(roundTrip(value).young, 3);
}

}  // namespace
}  // namespace troop::test
