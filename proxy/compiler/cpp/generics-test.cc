// AnyPointers and type parameters in generated C++: values against the schema compiler's tool, and
// calls.
#include <gtest/gtest.h>

#include <memory>

#include "proxy/compiler/testdata/generics.troop.h"
#include "proxy/compiler/testing/schema-tool.h"
#include "runtime/process.h"

namespace troop::test::generics {
namespace {

using proxy::compiler::expectSame;
using proxy::compiler::messageOf;
using proxy::compiler::SchemaTool;

const SchemaTool& tool() {
  static const SchemaTool it("proxy/compiler/testdata/generics.capnp");
  return it;
}

TEST(Generics, parametersHoldWhatTheyAreBoundTo) {
  Map map;
  map.entries.push_back({.key = "home", .value = Point{.x = 3, .y = -4}});
  map.entries.push_back({.key = "away"});
  expectSame(tool(), "Atlas", Atlas{.places = map},
             "(places = (entries = [(key = \"home\", value = (x = 3, y = -4)), (key = \"away\")]), "
             "first = (), nested = (), origin = ())");
  const Atlas nested{.nested = {.entries = {{.key = "city", .value = map}}}};
  const Atlas read = Atlas::read(messageOf(nested).root());
  EXPECT_EQ(read.nested.entries[0].value.as<Map>().entries[0].value.as<Point>().y, -4);
}

TEST(Generics, unknownContentSurvivesARoundTrip) {
  const Holder holder{.anything = std::vector<std::string>{"one", "two"},
                      .anyStruct = Point{.x = 1},
                      .anyList = std::vector<std::int16_t>{1, 2},
                      .which = Holder::Which::something,
                      .something = "text"};
  const Holder once = Holder::read(messageOf(holder).root());
  const Holder twice = Holder::read(messageOf(once).root());
  EXPECT_EQ(twice, holder);
  EXPECT_EQ(twice.anything.as<std::vector<std::string>>()[1], "two");
  EXPECT_EQ(twice.something.as<std::string>(), "text");
}

class PointsTarget final : public Points::Target {
 public:
  NextResults next(NextParams) override { return {.value = Point{.x = 1, .y = 2}}; }
  CopyResults copy(CopyParams params) override {
    return {.both = {.entries = {{.key = params.other, .value = Point{.x = 9}}}}};
  }
  PutResults put(PutParams params) override {
    return {.holder = {.anything = params.point, .anyStruct = params.extra}};
  }
  EchoResults echo(EchoParams params) override { return {.anything = params.anything}; }
};

TEST(Generics, callsPassThem) {
  Process process{{.carriers = 1}};
  const auto thread = process.root().serviceThread("points");
  const Points points(proxy::serve(thread, std::make_shared<PointsTarget>()));
  EXPECT_EQ(points.next().get()->value.as<Point>().y, 2);
  EXPECT_EQ(points.copy("key").get()->both.entries[0].key.as<std::string>(), "key");
  const Points::PutResults put = points.put(Point{.x = 5}, Point{.y = 6}).get().value();
  EXPECT_EQ(put.holder.anything.as<Point>().x, 5);
  EXPECT_EQ(put.holder.anyStruct.as<Point>().y, 6);
  EXPECT_EQ(points.echo(points).get()->anything.as<Points>(), points);
}

}  // namespace
}  // namespace troop::test::generics
