#include "proxy/compiler/js/documentation.h"

#include <gtest/gtest.h>

#include <string>

namespace troop::proxy::compiler {
namespace {

std::string documentation(std::string_view text, std::string_view last = {}) {
  Writer writer;
  jsDocumentation(writer, text, last);
  return writer.text();
}

TEST(JsDocumentation, isNothingWhereNothingIsSaid) {
  EXPECT_EQ(documentation(""), "");
}

TEST(JsDocumentation, isOneLineWhereThatIsEnough) {
  EXPECT_EQ(documentation("Adds up.\n"), "/** Adds up. */\n");
  EXPECT_EQ(documentation("", "add () -> ()"), "/** add () -> () */\n");
}

TEST(JsDocumentation, keepsLines) {
  EXPECT_EQ(documentation("One.\n\nTwo.\n", "last"), "/**\n * One.\n *\n * Two.\n * last\n */\n");
}

TEST(JsDocumentation, isNotEndedByWhatItSays) {
  EXPECT_EQ(documentation("a */ b **/"), "/** a *\\/ b **\\/ */\n");
}

}  // namespace
}  // namespace troop::proxy::compiler
