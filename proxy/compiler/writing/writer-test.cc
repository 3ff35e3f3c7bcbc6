#include "proxy/compiler/writing/writer.h"

#include <gtest/gtest.h>

namespace troop::proxy::compiler {
namespace {

TEST(Writer, indentsLinesButNotEmptyOnes) {
  Writer writer;
  writer.line("{} {{", "struct");
  {
    Writer::Indented indented(writer);
    writer.line("one;");
    writer.line();
    writer.verbatim("{}");
  }
  writer.line("}}");
  EXPECT_EQ(writer.text(), "struct {\n  one;\n\n  {}\n}\n");
}

TEST(Writer, keepsListsInOneLineWhereTheyFit) {
  Writer writer;
  writer.list("f(", {"a", "b"}, ");");
  writer.block("{ ", {"a", "b"}, " };");
  writer.list("f(", {}, ");");
  EXPECT_EQ(writer.text(), "f(a, b);\n{ a, b };\nf();\n");
}

TEST(Writer, breaksListsThatAreTooLong) {
  const std::vector<std::string> items(3, std::string(40, 'x'));
  Writer writer;
  writer.list("f(", items, ");");
  writer.block("{ ", items, " };");
  const std::string& x = items[0];
  EXPECT_EQ(writer.text(), "f(\n    " + x + ", " + x + ",\n    " + x + ");\n" +  //
                               "{\n  " + x + ", " + x + ",\n  " + x + ",\n};\n");
}

TEST(Writer, leavesOneGapBetweenParts) {
  Writer writer;
  writer.gap();
  writer.line("a {{");
  writer.gap();
  writer.line("}}");
  writer.gap();
  writer.gap();
  writer.line("b");
  EXPECT_EQ(writer.text(), "a {\n}\n\nb\n");
}

TEST(Writer, commentsEveryLine) {
  Writer writer;
  Writer::Indented indented(writer);
  writer.comment("//", "one\n\ntwo\n\n\n");
  writer.comment("//", "");
  EXPECT_EQ(writer.text(), "  // one\n  //\n  // two\n");
}

}  // namespace
}  // namespace troop::proxy::compiler
