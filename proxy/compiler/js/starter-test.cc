#include "proxy/compiler/js/starter.h"

#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

TEST(JsStarter, hasEachMethodAlsoOfWhatIsExtended) {
  const SchemaModel schema(
      "interface Base { old @0 (); }\n"
      "interface Service extends(Base) { then @0 (text :Text) -> (html :Text); }");
  EXPECT_EQ(jsStarter(schema.interface("Service")),
            "// @ts-check\n"
            "import { Service } from \"./main.troop.js\";\n"
            "\n"
            "export default class extends Service.Target {\n"
            "  /** @param {Service.ThenParams} params */\n"
            "  then_(params) {\n"
            "    return {};\n"
            "  }\n"
            "\n"
            "  /** @param {Service.OldParams} params */\n"
            "  old(params) {\n"
            "    return {};\n"
            "  }\n"
            "}\n");
}

}  // namespace
}  // namespace troop::proxy::compiler
