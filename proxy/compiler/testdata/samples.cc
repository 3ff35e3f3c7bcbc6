#include "proxy/compiler/testdata/samples.h"

#include <limits>

namespace troop::test {
namespace {

using shared::Point;

template <typename T>
using Limits = std::numeric_limits<T>;

}  // namespace

std::vector<std::byte> bytesOf(std::initializer_list<int> bytes) {
  std::vector<std::byte> result;
  for (const int byte : bytes) result.push_back(static_cast<std::byte>(byte));
  return result;
}

Scalars sampleScalars() {
  return {.flag = true,
          .tiny = Limits<std::int8_t>::min(),
          .small = Limits<std::int16_t>::min(),
          .medium = Limits<std::int32_t>::min(),
          .large = Limits<std::int64_t>::min(),
          .byte = Limits<std::uint8_t>::max(),
          .unsignedSmall = Limits<std::uint16_t>::max(),
          .unsignedMedium = Limits<std::uint32_t>::max(),
          .unsignedLarge = Limits<std::uint64_t>::max(),
          .single = -1.5f,
          .double_ = 0.1,
          .color = Color::deepBlue,
          .otherFlag = true,
          .text = "ünïcode \"text\"",
          .data = bytesOf({0, 1, 0xff})};
}

Defaults sampleDefaults() {
  return {.flag = false,
          .tiny = 1,
          .small = 2,
          .medium = 3,
          .large = 4,
          .byte = 5,
          .unsignedSmall = 6,
          .unsignedMedium = 7,
          .unsignedLarge = 8,
          .single = 0.5f,
          .double_ = 2.25,
          .endless = 1,
          .noNumber = 2,
          .color = Color::red,
          .text = "",
          .data = {},
          .numbers = {},
          .words = {"other"},
          .grid = {{-1.0f}},
          .point = {.x = 1, .y = 2},
          .points = {},
          .shape = {.name = "label", .which = Shape::Which::label, .label = "text"},
          .switches = {},
          .colors = {Color::new_},
          .blobs = {},
          .nothings = {},
          .negativeZero = 0.0};
}

Lists sampleLists() {
  const Shape circle = {.name = "c", .which = Shape::Which::circle, .circle = 1.5};
  return {.nothings = std::vector<proxy::Void>(3),
          .flags = {true, false, true, true, false, false, true, false, true},
          .tinies = {-1, Limits<std::int8_t>::min(), Limits<std::int8_t>::max()},
          .smalls = {-1, Limits<std::int16_t>::min()},
          .mediums = {-1, Limits<std::int32_t>::min()},
          .larges = {-1, Limits<std::int64_t>::min()},
          .bytes = {0, 255},
          .unsignedSmalls = {0, 65535},
          .unsignedMediums = {0, Limits<std::uint32_t>::max()},
          .unsignedLarges = {0, Limits<std::uint64_t>::max()},
          .singles = {0.5f, -Limits<float>::infinity()},
          .doubles = {0.1, Limits<double>::infinity()},
          .colors = {Color::green, Color::new_},
          .texts = {"", "one", "zwei ü"},
          .datas = {bytesOf({}), bytesOf({7})},
          .points = {Point{.x = 1, .y = -1}, Point{}},
          .empties = {Empty{}, Empty{}},
          .grid = {{1, 2}, {}, {-3}},
          .cube = {{{"a", "b"}, {}}, {}, {{"c"}}},
          .shapes = {{circle}, {}},
          .flagRows = {{true, false}, {}},
          .colorRows = {{}, {Color::deepBlue}}};
}

Shape sampleShape() {
  const Shape box = {.name = "inner",
                     .which = Shape::Which::box,
                     .box = {.corner = {.x = -5, .y = 6}, .width = 7, .height = 1}};
  return {.name = "outer", .which = Shape::Which::nested, .nested = box};
}

Groups sampleGroups() {
  using Kind = Groups::Kind;
  using Mood = Kind::Person::Mood;
  return {.address = {.street = "High Street", .place = {.city = "Town", .code = 4711}},
          .kind = {.which = Kind::Which::person,
                   .person = {.age = 33, .mood = {.which = Mood::Which::bad, .bad = "rain"}}}};
}

Tree sampleTree() {
  const Tree leaf = {.value = 7};
  const Tree branch = {.value = 2, .left = leaf, .children = {leaf, leaf}};
  const Knot knot = {.tree = leaf, .trees = {{leaf}, {}}};
  return {
      .value = 1, .left = branch, .children = {branch}, .through = knot, .more = {.tree = leaf}};
}

Outer sampleOuter() {
  using Inner = Outer::Inner;
  const Inner::Deep deep = {.number = 5, .kind = Inner::Kind::fancy};
  return {.inner = {.word = "word", .deep = deep}, .deeps = {deep, Inner::Deep{}}};
}

Keywords sampleKeywords() {
  return {.class_ = 1,
          .new_ = "new",
          .delete_ = true,
          .namespace_ = "namespace",
          .default_ = 2,
          .read_ = "read",
          .write_ = "write",
          .which_ = "which",
          .dataWords_ = 3,
          .pointers_ = 4,
          .value = 5,
          .reader = "reader",
          .builder = "builder",
          .constructor = "constructor",
          .unix_ = 6,
          .errno_ = 7,
          .this_ = 8,
          .function = 9,
          .std = 10,
          .troop = 11,
          .bool_ = true,
          .which = Keywords::Which::switch_,
          .switch_ = "switch"};
}

}  // namespace troop::test
