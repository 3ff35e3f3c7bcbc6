#include "tools/troop/calling/method.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/manifest/schemas.h"

namespace troop::calling {
namespace {

constexpr const char *schemaText = R"(@0xd0a1b2c3d4e5f6f1;
enum Colour { red @0; green @1; }
struct All {
  nothing @0 :Void; truth @1 :Bool;
  i8 @2 :Int8; i16 @3 :Int16; i32 @4 :Int32; i64 @5 :Int64;
  u8 @6 :UInt8; u16 @7 :UInt16; u32 @8 :UInt32; u64 @9 :UInt64;
  f32 @10 :Float32; f64 @11 :Float64;
  text @12 :Text; data @13 :Data; colour @14 :Colour;
  texts @15 :List(Text); lists @16 :List(List(UInt8)); trees @17 :List(Tree); tree @18 :Tree;
  place :group { x @19 :Int32; y @20 :Int32; }
  union { none @21 :Void; one @22 :Text; pair :group { a @23 :UInt8; b @24 :UInt8; } }
  object @25 :Base;
  objects @26 :List(Base);
}
struct Tree { name @0 :Text; left @1 :Tree; }
interface Base @0xd0a1b2c3d4e5f6f2 { old @0 All -> All; }
interface Some @0xd0a1b2c3d4e5f6f3 extends(Base) { new @1 () -> (); same @0 All -> All; }
)";

class MethodTest : public ::testing::Test {
protected:
  MethodTest() {
    std::string pattern = ::testing::TempDir() + "method-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::ofstream(folder_ / "some.capnp") << schemaText;
  }
  ~MethodTest() override { std::filesystem::remove_all(folder_); }

  Method method(std::string_view name) {
    return {schemas_.schema(folder_ / "some.capnp", "Some").value(), name};
  }
  // The parameters as they would come back.
  std::string echoed(std::string_view json) {
    const Method same = method("same");
    return same.results(same.params(json));
  }
  std::string refusal(std::string_view json) {
    try {
      (void)method("same").params(json);
      return "";
    } catch (const Error &error) {
      return error.reason();
    }
  }

  std::filesystem::path folder_;
  manifest::Schemas schemas_;
};

TEST_F(MethodTest, isFoundWithItsNumberAlsoInWhatTheInterfaceExtends) {
  EXPECT_EQ(method("new").id(), (proxy::MethodId{0xd0a1b2c3d4e5f6f3, 1}));
  EXPECT_EQ(method("old").id(), (proxy::MethodId{0xd0a1b2c3d4e5f6f2, 0}));
}

TEST_F(MethodTest, thatIsNotThereIsRefusedWithThoseThatAre) {
  const auto reason = [&](std::string_view name) {
    try {
      method(name);
      return std::string();
    } catch (const Error &error) {
      return error.reason();
    }
  };
  EXPECT_EQ(reason("smae"), "Some has no method 'smae'; did you mean 'same'?");
  EXPECT_EQ(reason("fly"),
            "Some has no method 'fly'; its methods: same, new, old");
  EXPECT_EQ(reason(""), "Some has no method ''; its methods: same, new, old");
}

TEST_F(MethodTest, everyKindOfValueGoesThereAndBack) {
  const std::string json =
      R"({"nothing":null,"truth":true,"i8":-128,"i16":-32768,"i32":-2147483648,)"
      R"("i64":-9223372036854775808,"u8":255,"u16":65535,"u32":4294967295,)"
      R"("u64":18446744073709551615,"f32":0.5,"f64":-0.1,"text":"grüße\n","data":[0,255],)"
      R"("colour":"green","texts":["a",""],"lists":[[1,2],[]],"trees":[{"name":"x","left":null}],)"
      R"("tree":{"name":"y","left":{"name":"z","left":null}},"place":{"x":1,"y":-1},"object":null,)"
      R"("objects":[],"pair":{"a":1,"b":2}})";
  EXPECT_EQ(echoed(json), json);
}

TEST_F(MethodTest, whatIsLeftOutHasItsDefault) {
  const std::string empty = echoed("");
  EXPECT_EQ(empty, echoed("{}"));
  EXPECT_NE(empty.find(R"("tree":null,)"), std::string::npos) << empty;
  EXPECT_NE(empty.find(R"("none":null})"), std::string::npos) << empty;
  EXPECT_EQ(echoed(R"({"text":null,"texts":null,"tree":null,"data":null})"),
            empty);
}

TEST_F(MethodTest, numbersThatJsonDoesNotHaveAreText) {
  EXPECT_NE(echoed(R"({"f64":"-Infinity"})").find(R"("f64":"-Infinity")"),
            std::string::npos);
  EXPECT_NE(echoed(R"({"f32":"NaN"})").find(R"("f32":"NaN")"),
            std::string::npos);
}

TEST_F(MethodTest, resultsMoveNoCursor) {
  EXPECT_NE(echoed(R"({"text":"\u001b[2J\u007f\u009b"})")
                .find(R"(\u001b[2J\u007f\u009b)"),
            std::string::npos);
}

struct WrongJson {
  const char *json;
  const char *told;
};

TEST_F(MethodTest, whatIsWrongInTheJsonIsNamedWithItsPlace) {
  const WrongJson wrong[] = {
      {"{", "the parameters are no JSON: line 1, column 2: "},
      {"[]", "the JSON must be an object like {\"field\": value}"},
      {R"({"txet":""})", "the JSON has a field 'txet' that is not in the "
                         "schema; did you mean 'text'?"},
      {R"({"tree":{"colour":1}})", "tree has a field 'colour' that is not in "
                                   "the schema; there are: name, left"},
      {R"({"text":5})", "text must be text in quotes"},
      {R"({"truth":"yes"})", "truth must be true or false"},
      {R"({"nothing":1})", "nothing must be null: it has no value"},
      {R"({"i8":128})", "i8 must be a whole number from -128 to 127"},
      {R"({"u64":-1})",
       "u64 must be a whole number from 0 to 18446744073709551615"},
      {R"({"i64":9223372036854775808})",
       "i64 must be a whole number from -9223372036854775808"},
      {R"({"u8":1.5})", "u8 must be a whole number from 0 to 255"},
      {R"({"f64":"1"})", "f64 must be a number, \"NaN\""},
      {R"({"colour":"gren"})",
       "colour is 'gren', which is no enumerant; did you mean 'green'?"},
      {R"({"colour":1})",
       "colour must be the name of an enumerant; there are: red, green"},
      {R"({"texts":"a"})", "texts must be a list like [value, value]"},
      {R"({"texts":["a",2]})", "texts[1] must be text in quotes"},
      {R"({"lists":[[1],[256]]})",
       "lists[1][0] must be a whole number from 0 to 255"},
      {R"({"trees":[{"left":{"name":1}}]})",
       "trees[0].left.name must be text in quotes"},
      {R"({"data":[1,-1]})", "data[1] must be a whole number from 0 to 255"},
      {R"({"place":[]})", "place must be an object like"},
      {R"({"one":"a","none":null})",
       "the JSON has 'one' and 'none', and only one of a union"},
      {R"({"object":"x"})", "object is a capability, which JSON cannot give"},
      {R"({"objects":["x"]})",
       "objects[0] is a capability, which JSON cannot give"},
  };
  for (const WrongJson &one : wrong) {
    EXPECT_TRUE(refusal(one.json).starts_with(one.told)) << one.json << "\n"
                                                         << refusal(one.json);
  }
}

TEST_F(MethodTest, whatIsNestedTooDeeplyIsRefused) {
  std::string json = R"({"name":""})";
  for (int i = 0; i < 100; ++i)
    json = R"({"left":)" + json + "}";
  EXPECT_TRUE(
      refusal(R"({"tree":)" + json + "}").ends_with(" is nested too deeply"));
}

// What a guest sends is in no way sure to be a message.
TEST_F(MethodTest, resultsOfStrangersAreReadOrRefused) {
  const Method same = method("same");
  const proxy::Message good = same.params(
      R"({"texts":["a","b"],"tree":{"left":{"name":"x"}},"lists":[[1,2,3]]})");
  std::mt19937 random(7);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> bytes(good.bytes().begin(), good.bytes().end());
    for (int i = 0; i < 3; ++i)
      bytes[8 + random() % (bytes.size() - 8)] = std::byte(random());
    const auto message = proxy::Message::copyOf(bytes, {}, nullptr,
                                                {.traversalBytesMax = 1 << 16});
    if (message.failed())
      continue;
    try {
      EXPECT_TRUE(same.results(message.value()).starts_with("{")) << "round " << round;
    } catch (const Error &error) {
      EXPECT_EQ(error.detail(), ErrorDetail::badMessage) << "round " << round;
      ++refused;
    }
  }
  EXPECT_GT(refused, 100u);
}

} // namespace
} // namespace troop::calling
