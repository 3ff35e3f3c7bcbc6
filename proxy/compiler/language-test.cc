#include "proxy/compiler/language.h"

#include <gtest/gtest.h>

#include <set>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

TEST(Languages, writeFilesOfTheirOwn) {
  const SchemaModel schema("struct S {}\ninterface I { render @0 (); }");
  std::set<std::string_view> names;
  std::set<std::string> paths;
  std::size_t files = 0;
  for (const Language& language : languages()) {
    names.insert(language.name);
    for (const OutputFile& file : language.emit(schema.file())) {
      ++files;
      paths.insert(file.path);
      EXPECT_EQ(file.text.back(), '\n') << file.path;
    }
  }
  EXPECT_EQ(names.size(), languages().size());
  EXPECT_EQ(paths.size(), files);  // or one would write over what another wrote
}

TEST(Languages, sayWhatTheyWrite) {
  const SchemaModel schema("struct S {}");
  for (const Language& language : languages()) {
    for (const OutputFile& file : language.emit(schema.file())) {
      const std::string ending = "X" + file.path.substr(std::string_view("main").size());
      EXPECT_NE(language.outputs.find(ending), std::string_view::npos) << ending;
    }
  }
}

TEST(Languages, ofGuestsStartPlugins) {
  const SchemaModel schema("interface I { render @0 (text :Text) -> (html :Text); }");
  for (const Language& language : languages()) {
    if (language.starter == nullptr) continue;
    EXPECT_NE(language.starter(schema.interface("I")).find("render"), std::string::npos)
        << language.name;
  }
}

}  // namespace
}  // namespace troop::proxy::compiler
