#include "tools/troop/calling/dynamic-json.h"

#include <capnp/message.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "tools/troop/calling/testing/all-kinds.h"
#include "tools/troop/manifest/schemas.h"

namespace troop::calling {
namespace {

class DynamicJson : public ::testing::Test {
 protected:
  DynamicJson() {
    std::string pattern = ::testing::TempDir() + "dynamic-json-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::ofstream(folder_ / "some.capnp") << allKindsSchema;
  }
  ~DynamicJson() override { std::filesystem::remove_all(folder_); }

  // The value that the JSON tells, as JSON again.
  std::string echoed(std::string_view json) {
    const auto method =
        schemas_.schema(folder_ / "some.capnp", "Some").value().getMethodByName("same");
    capnp::MallocMessageBuilder message;
    const auto root = message.initRoot<capnp::DynamicStruct>(method.getParamType());
    fillFromJson(root, nlohmann::ordered_json::parse(json));
    return toJson(root.asReader()).dump();
  }
  std::string refusal(std::string_view json) {
    try {
      (void)echoed(json);
      return "";
    } catch (const Error& error) {
      return error.reason();
    }
  }

  std::filesystem::path folder_;
  manifest::Schemas schemas_;
};

TEST_F(DynamicJson, everyKindOfValueGoesThereAndBack) {
  const std::string json =
      R"({"nothing":null,"truth":true,"i8":-128,"i16":-32768,"i32":-2147483648,)"
      R"("i64":-9223372036854775808,"u8":255,"u16":65535,"u32":4294967295,)"
      R"("u64":18446744073709551615,"f32":0.5,"f64":-0.1,"text":"grüße\n","data":[0,255],)"
      R"("colour":"green","texts":["a",""],"lists":[[1,2],[]],"trees":[{"name":"x","left":null}],)"
      R"("tree":{"name":"y","left":{"name":"z","left":null}},"place":{"x":1,"y":-1},"object":null,)"
      R"("objects":[],"pair":{"a":1,"b":2}})";
  EXPECT_EQ(echoed(json), json);
}

TEST_F(DynamicJson, whatIsLeftOutHasItsDefault) {
  const std::string empty = echoed("{}");
  EXPECT_NE(empty.find(R"("tree":null,)"), std::string::npos) << empty;
  EXPECT_NE(empty.find(R"("none":null})"), std::string::npos) << empty;
  EXPECT_EQ(echoed(R"({"text":null,"texts":null,"tree":null,"data":null})"), empty);
}

TEST_F(DynamicJson, numbersThatJsonDoesNotHaveAreText) {
  EXPECT_NE(echoed(R"({"f64":"-Infinity"})").find(R"("f64":"-Infinity")"), std::string::npos);
  EXPECT_NE(echoed(R"({"f32":"NaN"})").find(R"("f32":"NaN")"), std::string::npos);
}

struct WrongJson {
  const char* json;
  const char* told;
};

TEST_F(DynamicJson, whatIsWrongInTheJsonIsNamedWithItsPlace) {
  const WrongJson wrong[] = {
      {"[]", "the JSON must be an object like {\"field\": value}"},
      {R"({"txet":""})",
       "the JSON has a field 'txet' that is not in the schema; did you mean 'text'?"},
      {R"({"tree":{"colour":1}})",
       "tree has a field 'colour' that is not in the schema; there are: name, left"},
      {R"({"text":5})", "text must be text in quotes"},
      {R"({"truth":"yes"})", "truth must be true or false"},
      {R"({"nothing":1})", "nothing must be null: it has no value"},
      {R"({"i8":128})", "i8 must be a whole number from -128 to 127"},
      {R"({"u64":-1})", "u64 must be a whole number from 0 to 18446744073709551615"},
      {R"({"i64":9223372036854775808})", "i64 must be a whole number from -9223372036854775808"},
      {R"({"u8":1.5})", "u8 must be a whole number from 0 to 255"},
      {R"({"f64":"1"})", "f64 must be a number, \"NaN\""},
      {R"({"colour":"gren"})", "colour is 'gren', which is no enumerant; did you mean 'green'?"},
      {R"({"colour":1})", "colour must be the name of an enumerant; there are: red, green"},
      {R"({"texts":"a"})", "texts must be a list like [value, value]"},
      {R"({"texts":["a",2]})", "texts[1] must be text in quotes"},
      {R"({"lists":[[1],[256]]})", "lists[1][0] must be a whole number from 0 to 255"},
      {R"({"trees":[{"left":{"name":1}}]})", "trees[0].left.name must be text in quotes"},
      {R"({"data":[1,-1]})", "data[1] must be a whole number from 0 to 255"},
      {R"({"place":[]})", "place must be an object like"},
      {R"({"one":"a","none":null})", "the JSON has 'one' and 'none', and only one of a union"},
      {R"({"object":"x"})", "object is a capability, which JSON cannot give"},
      {R"({"objects":["x"]})", "objects[0] is a capability, which JSON cannot give"},
  };
  for (const WrongJson& one : wrong) {
    EXPECT_TRUE(refusal(one.json).starts_with(one.told)) << one.json << "\n" << refusal(one.json);
  }
}

TEST_F(DynamicJson, whatIsNestedTooDeeplyIsRefused) {
  constexpr std::size_t depth = 100;
  std::string json = R"({"tree":)";
  for (std::size_t i = 0; i < depth; ++i) json += R"({"left":)";
  json += R"({"name":""})";
  json.append(depth + 1, '}');
  EXPECT_TRUE(refusal(json).ends_with(" is nested too deeply"));
}

}  // namespace
}  // namespace troop::calling
