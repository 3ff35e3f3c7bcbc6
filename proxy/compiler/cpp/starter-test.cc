#include "proxy/compiler/cpp/starter.h"

#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

TEST(GuestCppStarter, hasEachMethodAlsoOfWhatIsExtended) {
  const SchemaModel schema(
      "using Cxx = import \"/capnp/c++.capnp\";\n"
      "$Cxx.namespace(\"acme\");\n"
      "interface Base { old @0 (); }\n"
      "interface Service extends(Base) { delete @0 (text :Text) -> (html :Text); }");
  EXPECT_EQ(guestCppStarter(schema.interface("Service")),
            "#include \"main.guest.h\"\n"
            "\n"
            "class MyService final : public acme::Service::Target {\n"
            "  troop::Promise<DeleteResults> delete_(DeleteParams /*params*/) override {\n"
            "    return DeleteResults{};\n"
            "  }\n"
            "\n"
            "  troop::Promise<OldResults> old(OldParams /*params*/) override {\n"
            "    return OldResults{};\n"
            "  }\n"
            "};\n"
            "TROOP_PLUGIN(MyService)\n");
}

}  // namespace
}  // namespace troop::proxy::compiler
