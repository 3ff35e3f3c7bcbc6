#include "tools/troop/manifest/schema-files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace troop::manifest {
namespace {

class SchemaFilesTest : public ::testing::Test {
 protected:
  SchemaFilesTest() {
    std::string pattern = ::testing::TempDir() + "schema-files-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~SchemaFilesTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string path(const char* name) const { return (folder_ / name).native(); }
  std::string refusal(const char* name) {
    const auto parsed = files_.parse(folder_ / name);
    return parsed.failed() ? parsed.error().reason() : "";
  }

  std::filesystem::path folder_;
  SchemaFiles files_;
};

TEST_F(SchemaFilesTest, everyMistakeHasItsLineAndColumn) {
  write("broken.capnp",
        "@0xd0c5000000000021;\n"
        "interface Broken {\n"
        "  one @0 (name :Txt) -> ();\n"
        "  two @0 () -> ();\n"
        "}\n");
  const std::string told = refusal("broken.capnp");
  EXPECT_TRUE(told.starts_with("the schema is wrong: ")) << told;
  EXPECT_NE(told.find(path("broken.capnp") + ":3:17: Not defined: Txt"), std::string::npos) << told;
  EXPECT_NE(told.find(path("broken.capnp") + ":4:8: Duplicate ordinal"), std::string::npos) << told;
}

TEST_F(SchemaFilesTest, mistakesAreToldAgainToWhoAsksAgain) {
  write("broken.capnp", "@0xd0c5000000000022;\nstruct A { a @0 :Txt; }\n");
  const std::string told = refusal("broken.capnp");
  EXPECT_NE(told, "");
  EXPECT_EQ(refusal("broken.capnp"), told);
}

TEST_F(SchemaFilesTest, aMistakeInWhatIsImportedIsToldInItsFile) {
  write("inner.capnp", "@0xd0c5000000000023;\n\nstruct A { a @0 :Txt; }\n");
  write("outer.capnp",
        "@0xd0c5000000000024;\nusing I = import \"inner.capnp\";\nstruct B { b @0 :I.A; }\n");
  const std::string told = refusal("outer.capnp");
  EXPECT_NE(told.find(path("inner.capnp") + ":3:18: Not defined: Txt"), std::string::npos) << told;
}

TEST_F(SchemaFilesTest, anImportThatIsNotThereIsToldWhereItStands) {
  write("lonely.capnp",
        "@0xd0c5000000000025;\nusing I = import \"none.capnp\";\n"
        "struct B { b @0 :I.A; }\n");
  const std::string told = refusal("lonely.capnp");
  EXPECT_NE(told.find(path("lonely.capnp") + ":2:18: Import failed: none.capnp"), std::string::npos)
      << told;
}

TEST_F(SchemaFilesTest, schemasThatImportEachOtherAreRead) {
  write("one.capnp",
        "@0xd0c5000000000026;\nusing T = import \"two.capnp\";\nstruct A { b @0 :T.B; }\n");
  write("two.capnp",
        "@0xd0c5000000000027;\nusing O = import \"one.capnp\";\nstruct B { a @0 :O.A; }\n");
  EXPECT_EQ(refusal("one.capnp"), "");
  EXPECT_EQ(refusal("two.capnp"), "");
}

TEST_F(SchemaFilesTest, whatIsNoSchemaIsRefusedWithTheReason) {
  EXPECT_EQ(refusal("none.capnp"), "the schema '" + path("none.capnp") + "': no such file");
  std::filesystem::create_directory(folder_ / "folder.capnp");
  EXPECT_EQ(refusal("folder.capnp"),
            "the schema '" + path("folder.capnp") + "': a folder, no file");
  ASSERT_EQ(mkfifo(path("pipe.capnp").c_str(), 0600), 0);
  EXPECT_EQ(refusal("pipe.capnp"),
            "the schema '" + path("pipe.capnp") + "': no plain file, but a pipe or a device");
  write("large.capnp", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(refusal("large.capnp"), "the schema '" + path("large.capnp") + "': larger than 1 MiB");
  write("noise.capnp", std::string("\0\xff\x80{{{", 6));
  EXPECT_TRUE(
      refusal("noise.capnp").starts_with("the schema is wrong: " + path("noise.capnp") + ":1:"))
      << refusal("noise.capnp");
  write("empty.capnp", "");
  EXPECT_NE(refusal("empty.capnp").find("does not declare an ID"), std::string::npos);
}

}  // namespace
}  // namespace troop::manifest
