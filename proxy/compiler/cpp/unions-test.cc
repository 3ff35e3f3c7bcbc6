// Unions and groups of generated C++, against the schema compiler's tool in both directions.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "proxy/compiler/testdata/unions.troop.h"
#include "proxy/compiler/testing/schema-tool.h"
#include "runtime/process.h"

namespace troop::test::unions {
namespace {

using proxy::compiler::expectSame;
using proxy::compiler::messageOf;
using proxy::compiler::SchemaTool;

const SchemaTool tool("proxy/compiler/testdata/unions.capnp");

Figure colouredFigure() {
  using Styled = Figure::Styled;
  return {.which = Figure::Which::styled,
          .styled = {.width = 9, .which = Styled::Which::colour, .colour = "green"}};
}

TEST(Unions, areWhatTheToolMakesOfThem) {
  expectSame(tool, "Figure", Figure(), "(nothing = void)");
  expectSame(tool, "Figure", Figure{.which = Figure::Which::circle}, "(circle = (radius = 1.5))");
  expectSame(tool, "Figure", colouredFigure(), "(styled = (width = 9, colour = \"green\"))");
  const Newer pair = {
      .name = "n", .which = Newer::Which::pair, .pair = {.first = "f", .second = -7}};
  expectSame(tool, "Newer", pair, "(name = \"n\", pair = (first = \"f\", second = -7))");
}

TEST(Unions, standInListsDefaultsAndGroups) {
  Figures figures;
  EXPECT_EQ(figures.preset.styled.colour, "blue");
  EXPECT_EQ(Figures::read(messageOf(figures).root()), figures);
  figures.figures = {Figure(), colouredFigure()};
  figures.frame = {.margin = 4,
                   .which = Figures::Frame::Which::closed,
                   .closed = {.which = Figure::Which::circle, .circle = {.radius = 2}}};
  expectSame(tool, "Figures", figures,
             "(figures = [(nothing = void), (styled = (width = 9, colour = \"green\"))], "
             "preset = (styled = (width = 3, colour = \"blue\")), "
             "frame = (margin = 4, closed = (circle = (radius = 2))))");
}

TEST(Unions, carryOneMember) {
  // What another member holds stays behind: it is not in the message.
  Newer value = {.which = Newer::Which::text, .text = "kept", .pair = {.first = "left behind"}};
  const Newer read = Newer::read(messageOf(value).root());
  EXPECT_EQ(read, (Newer{.which = Newer::Which::text, .text = "kept"}));
  value.which = Newer::Which::number;
  EXPECT_EQ(Newer::read(messageOf(value).root()), Newer());
}

TEST(Unions, ofANewerSchemaAreKeptAsAMemberThatIsNotKnown) {
  const Newer newer = {.name = "n", .which = Newer::Which::pair, .pair = {.second = 5}};
  const Older older = Older::read(messageOf(newer).root());
  EXPECT_EQ(older.name, "n");
  EXPECT_EQ(static_cast<unsigned>(older.which), 2u);
  const Newer back = Newer::read(messageOf(older).root());
  EXPECT_EQ(back.which, Newer::Which::pair);
  EXPECT_EQ(back.pair.second, 0);
}

class PainterTarget final : public Painter::Target {
  PaintResults paint(PaintParams params) override {
    Older older;
    older.name = params.newer.name;
    if (params.newer.which == Newer::Which::text) {
      older.which = Older::Which::text;
      older.text = params.newer.text;
    }
    return {.figure = params.figure, .older = older};
  }
};

TEST(Unions, areParametersAndResults) {
  Process process{{.carriers = 1}};
  const auto thread = process.root().serviceThread("painter");
  const Painter painter(proxy::serve(thread, std::make_shared<PainterTarget>()));
  const Newer newer = {.name = "n", .which = Newer::Which::text, .text = "t"};
  const auto reply = painter.paint(colouredFigure(), newer).get();
  ASSERT_TRUE(reply.succeeded());
  EXPECT_EQ(reply->figure, colouredFigure());
  EXPECT_EQ(reply->older, (Older{.name = "n", .which = Older::Which::text, .text = "t"}));
}

}  // namespace
}  // namespace troop::test::unions
