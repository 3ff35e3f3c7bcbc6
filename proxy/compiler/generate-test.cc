#include "proxy/compiler/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Language& language(std::string_view name) {
  for (const Language& each : languages()) {
    if (each.name == name) return each;
  }
  throw std::out_of_range(std::string(name));
}

SchemaSources noSources({});

TEST(Generate, writesEachLanguageThatIsAskedFor) {
  const SchemaModel schema("struct S {}");
  std::vector<std::string> paths;
  for (const OutputFile& file :
       generate(schema.request(), {language("js"), language("cpp")}, noSources)) {
    paths.push_back(file.path);
  }
  EXPECT_THAT(paths,
              ElementsAre("main.troop.js", "main.troop.d.ts", "main.troop.h", "main.troop.cc"));
}

TEST(Generate, writesNothingOfASchemaThatIsWrong) {
  const SchemaModel schema(
      "struct Good {}\nstruct Box(T) { it @0 :T; }\n"
      "struct S { x @0 :Box(Text) = (it = \"\"); }\nconst c :Box(Text) = (it = \"\");");
  try {
    (void)generate(schema.request(), {language("js")}, noSources);
    FAIL() << "it was written";
  } catch (const GenerationError& error) {
    EXPECT_THAT(error.what(), HasSubstr("main.capnp: error: S.x: a default"));
    EXPECT_THAT(error.what(), HasSubstr("main.capnp: error: c: "));
  }
}

TEST(Generate, startsAPluginForAnInterfaceOfTheFile) {
  const SchemaModel schema("struct Outer { interface Inner { render @0 () -> (); } }");
  EXPECT_THAT(generateStarter(schema.request(), language("js"), "Outer.Inner", noSources),
              HasSubstr("render"));
  try {
    (void)generateStarter(schema.request(), language("js"), "Inner", noSources);
    FAIL() << "there is no such interface";
  } catch (const GenerationError& error) {
    EXPECT_STREQ(error.what(), "main.capnp has no interface 'Inner'\n");
  }
}

}  // namespace
}  // namespace troop::proxy::compiler
