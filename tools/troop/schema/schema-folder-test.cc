#include "tools/troop/schema/schema-folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "runtime/error.h"

namespace troop::schema {
namespace {

class SchemaFolderTest : public ::testing::Test {
 protected:
  SchemaFolderTest() {
    std::string pattern = ::testing::TempDir() + "schema-folder-XXXXXX";
    around_ = mkdtemp(pattern.data());
    folder_ = around_ / "inner";
    std::filesystem::create_directory(folder_);
  }
  ~SchemaFolderTest() override { std::filesystem::remove_all(around_); }

  std::filesystem::path write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  std::string path(const char* name) const { return (folder_ / name).native(); }
  std::filesystem::path schema(std::string_view text) {
    return write("some.capnp", "@0xd0c5000000000021;\n" + std::string(text));
  }
  // "": it is read.
  static std::string refusal(const std::filesystem::path& file) {
    try {
      SchemaFolder folder(file);
      const capnp::SchemaParser parser;
      folder.parse(parser, folder.schema());
      return "";
    } catch (const Error& error) {
      return error.reason();
    }
  }
  std::string wrong(int column, const std::string& what) const {
    return "the schema is wrong: " + (folder_ / "some.capnp").native() +
           ":2:" + std::to_string(column) + ": " + what;
  }
  std::string cannotEmbed(const std::string& name) const {
    return wrong(26, "Couldn't read file for embed: " + name);
  }
  std::string cannotImport(const std::string& name) const {
    return wrong(18, "Import failed: " + name);
  }
  std::string outside() const {
    return "; it lies outside of the schema's folder, " + folder_.native() +
           "; bindings stand beside each other as their schemas do: put both into one folder";
  }

  std::filesystem::path around_;
  std::filesystem::path folder_;
};

TEST_F(SchemaFolderTest, showsTheFilesBesideASchemaAndTheStandardOnes) {
  std::filesystem::create_directory(folder_ / "below");
  write("below/deep.capnp",
        "@0xd0c5000000000022;\nusing U = import \"../up.capnp\";\n"
        "struct Deep { up @0 :U.Up; }\n");
  write("up.capnp", "@0xd0c5000000000023;\nstruct Up {}\n");
  write("text.txt", "embedded");
  EXPECT_EQ(refusal(schema("using Cxx = import \"/capnp/c++.capnp\";\n$Cxx.namespace(\"n\");\n"
                           "using D = import \"below/deep.capnp\";\nstruct S { d @0 :D.Deep; }\n"
                           "const text :Text = embed \"text.txt\";\n")),
            "");
}

TEST_F(SchemaFolderTest, showsNothingOutside) {
  std::ofstream(around_ / "secret.txt") << "secret";
  EXPECT_EQ(refusal(schema("const text :Text = embed \"../secret.txt\";\n")),
            cannotEmbed("../secret.txt") + outside());
  EXPECT_EQ(refusal(schema("using S = import \"../secret.txt\";\n")),
            cannotImport("../secret.txt") + outside());
  EXPECT_EQ(refusal(schema("using S = import \"../none.txt\";\n")),
            cannotImport("../none.txt") + outside());
  const std::string place = (around_ / "secret.txt").native();
  EXPECT_EQ(refusal(schema("const text :Text = embed \"" + place + "\";\n")), cannotEmbed(place));
  const std::string up = "/../.." + place;
  EXPECT_EQ(refusal(schema("const text :Text = embed \"" + up + "\";\n")), cannotEmbed(up));
}

TEST_F(SchemaFolderTest, followsNoLinksThatLeadOutside) {
  std::ofstream(around_ / "secret.txt") << "secret";
  std::filesystem::create_symlink("../secret.txt", folder_ / "link");
  std::filesystem::create_symlink(around_, folder_ / "folder");
  std::filesystem::create_symlink("text.txt", folder_ / "inside");
  write("text.txt", "text");
  for (const std::string name : {"link", "folder/secret.txt", "folder/none", "none"}) {
    EXPECT_EQ(refusal(schema("const text :Text = embed \"" + name + "\";\n")), cannotEmbed(name));
  }
  EXPECT_EQ(refusal(schema("const text :Text = embed \"inside\";\n")), "");
}

TEST_F(SchemaFolderTest, opensRegularFilesOnly) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  for (const std::string name : {"pipe", ".", "/../dev/zero"}) {
    EXPECT_EQ(refusal(schema("const text :Text = embed \"" + name + "\";\n")), cannotEmbed(name));
  }
}

TEST_F(SchemaFolderTest, readsNoMoreThanItMay) {
  const auto large = write("large", "");
  std::filesystem::resize_file(large, std::uintmax_t{400} << 20);
  EXPECT_EQ(refusal(schema("const size :Data = embed \"large\";\n")),
            cannotEmbed("large") + "; larger than 1 MiB");
  EXPECT_EQ(refusal(large), "the schema '" + large.native() + "': larger than 1 MiB");
  std::string many;
  for (int i = 0; i < 17; ++i) {
    const std::string name = "part" + std::to_string(i);
    write(name, std::string(schemaFileBytesMax, 'x'));
    many.append("const ").append(name).append(" :Data = embed \"").append(name).append("\";");
  }
  EXPECT_NE(refusal(schema(many)).find("there are more than 16 MiB of schemas"), std::string::npos);
}

TEST_F(SchemaFolderTest, isWhereANamedLinkLeads) {
  write("up.capnp", "@0xd0c5000000000023;\nstruct Up {}\n");
  const auto real = schema("using U = import \"up.capnp\";\nstruct S { u @0 :U.Up; }\n");
  std::filesystem::create_symlink(real, around_ / "link.capnp");
  EXPECT_EQ(refusal(around_ / "link.capnp"), "");
}

TEST_F(SchemaFolderTest, everyMistakeHasItsLineAndColumn) {
  write("broken.capnp",
        "@0xd0c5000000000021;\n"
        "interface Broken {\n"
        "  one @0 (name :Txt) -> ();\n"
        "  two @0 () -> ();\n"
        "}\n");
  const std::string told = refusal(folder_ / "broken.capnp");
  EXPECT_TRUE(told.starts_with("the schema is wrong: ")) << told;
  EXPECT_NE(told.find(path("broken.capnp") + ":3:17: Not defined: Txt"), std::string::npos) << told;
  EXPECT_NE(told.find(path("broken.capnp") + ":4:8: Duplicate ordinal"), std::string::npos) << told;
}

TEST_F(SchemaFolderTest, aMistakeInWhatIsImportedIsToldInItsFile) {
  write("inner.capnp", "@0xd0c5000000000023;\n\nstruct A { a @0 :Txt; }\n");
  write("outer.capnp",
        "@0xd0c5000000000024;\nusing I = import \"inner.capnp\";\nstruct B { b @0 :I.A; }\n");
  const std::string told = refusal(folder_ / "outer.capnp");
  EXPECT_NE(told.find(path("inner.capnp") + ":3:18: Not defined: Txt"), std::string::npos) << told;
}

TEST_F(SchemaFolderTest, anImportThatIsNotThereIsToldWhereItStands) {
  write("lonely.capnp",
        "@0xd0c5000000000025;\nusing I = import \"none.capnp\";\n"
        "struct B { b @0 :I.A; }\n");
  const std::string told = refusal(folder_ / "lonely.capnp");
  EXPECT_NE(told.find(path("lonely.capnp") + ":2:18: Import failed: none.capnp"), std::string::npos)
      << told;
}

TEST_F(SchemaFolderTest, schemasThatImportEachOtherAreRead) {
  write("one.capnp",
        "@0xd0c5000000000026;\nusing T = import \"two.capnp\";\nstruct A { b @0 :T.B; }\n");
  write("two.capnp",
        "@0xd0c5000000000027;\nusing O = import \"one.capnp\";\nstruct B { a @0 :O.A; }\n");
  EXPECT_EQ(refusal(folder_ / "one.capnp"), "");
  EXPECT_EQ(refusal(folder_ / "two.capnp"), "");
}

TEST_F(SchemaFolderTest, whatIsNoSchemaIsRefusedWithTheReason) {
  EXPECT_EQ(refusal(folder_ / "none.capnp"),
            "the schema '" + path("none.capnp") + "': no such file");
  std::filesystem::create_directory(folder_ / "folder.capnp");
  EXPECT_EQ(refusal(folder_ / "folder.capnp"),
            "the schema '" + path("folder.capnp") + "': a folder, no file");
  ASSERT_EQ(mkfifo(path("pipe.capnp").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder_ / "pipe.capnp"),
            "the schema '" + path("pipe.capnp") + "': no plain file, but a pipe or a device");
  write("large.capnp", std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(refusal(folder_ / "large.capnp"),
            "the schema '" + path("large.capnp") + "': larger than 1 MiB");
  write("noise.capnp", std::string("\0\xff\x80{{{", 6));
  EXPECT_TRUE(refusal(folder_ / "noise.capnp")
                  .starts_with("the schema is wrong: " + path("noise.capnp") + ":1:"))
      << refusal(folder_ / "noise.capnp");
  write("empty.capnp", "");
  EXPECT_NE(refusal(folder_ / "empty.capnp").find("does not declare an ID"), std::string::npos);
}

}  // namespace
}  // namespace troop::schema
