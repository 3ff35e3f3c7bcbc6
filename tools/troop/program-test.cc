// Which programs a library can be loaded into, and what is said of the others.
#include "tools/troop/program.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace troop::command {
namespace {

constexpr const char* loaderOfDebian = "/lib64/ld-linux-x86-64.so.2";

// A program as the loader sees it: two headers, and the name of the loader.
struct Elf {
  Elf64_Ehdr header{};
  Elf64_Phdr part{};
  std::string loader;

  explicit Elf(std::string itsLoader = loaderOfDebian) : loader(std::move(itsLoader)) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_phoff = sizeof(header);
    header.e_phnum = 1;
    part.p_type = PT_INTERP;
    part.p_offset = sizeof(header) + sizeof(part);
    part.p_filesz = loader.size() + 1;
  }
  std::string text() const {
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
    bytes.append(reinterpret_cast<const char*>(&part), sizeof(part));
    return bytes + loader + '\0';
  }
};

class Program : public ::testing::Test {
 protected:
  Program() {
    std::string pattern = ::testing::TempDir() + "program-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Program() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text, mode_t mode = 0755) {
    std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  std::filesystem::path folder_;
};

// What is wrong with it; nothing: that it is right.
std::string wrongWith(const std::string& path) {
  try {
    checkProgram(path);
    return "";
  } catch (const WrongProgram& wrong) {
    return wrong.what();
  }
}

std::string wrongWithName(const std::string& name) {
  try {
    return findProgram(name);
  } catch (const WrongProgram& wrong) {
    return wrong.what();
  }
}

TEST_F(Program, isFoundAsAShellFindsIt) {
  const std::string before = std::getenv("PATH");
  const std::string first = folder_ / "first";
  std::filesystem::create_directories(first + "/tool");
  write("tool", "");
  write("text", "", 0644);
  setenv("PATH", (first + ":/no/such/folder:" + folder_.string()).c_str(), 1);
  EXPECT_EQ(wrongWithName("tool"), folder_ / "tool");
  EXPECT_EQ(wrongWithName("text"),
            "'" + (folder_ / "text").string() + "' is not executable for you");
  EXPECT_EQ(wrongWithName("lost"), "there is no program 'lost' in the folders of PATH");
  EXPECT_EQ(wrongWithName(""), "the name of the program is empty");
  EXPECT_EQ(wrongWithName("./lost"), "./lost");
  setenv("PATH", before.c_str(), 1);
}

TEST_F(Program, isOneThatTheLoaderOfGlibcLoads) {
  EXPECT_EQ(wrongWith(write("right", Elf().text())), "");
  EXPECT_EQ(wrongWith("/bin/true"), "");
  const std::string other = write("other", Elf("/lib/ld-musl-x86_64.so.1").text());
  EXPECT_EQ(wrongWith(other), "'" + other +
                                  "' is for the loader '/lib/ld-musl-x86_64.so.1', and not "
                                  "for that of glibc (ld-linux-x86-64.so.2)");
  const std::string lost = write("lost", Elf("/no/ld-linux-x86-64.so.2").text());
  EXPECT_EQ(wrongWith(lost),
            "'" + lost + "' is for a loader that is not there: /no/ld-linux-x86-64.so.2");
}

TEST_F(Program, withoutALoaderIsLinkedStatically) {
  Elf none;
  none.part.p_type = PT_LOAD;
  Elf endless;
  endless.part.p_filesz = 1ull << 40;
  Elf noParts;
  noParts.header.e_phoff = 1ull << 40;
  for (const Elf& elf : {none, endless, noParts}) {
    const std::string path = write("static", elf.text());
    EXPECT_EQ(wrongWith(path),
              "'" + path + "' is linked statically: nothing can be loaded into it");
  }
}

TEST_F(Program, ofAnotherMachineIsRefused) {
  Elf small;
  small.header.e_ident[EI_CLASS] = ELFCLASS32;
  const std::string ofSmall = write("small", small.text());
  EXPECT_EQ(wrongWith(ofSmall),
            "'" + ofSmall + "' is a program of 32 bits: the library is for those of 64");
  Elf other;
  other.header.e_machine = EM_AARCH64;
  const std::string ofOther = write("other", other.text());
  EXPECT_EQ(wrongWith(ofOther),
            "'" + ofOther + "' is no program for x86-64: its machine is number 183 of ELF");
  Elf object;
  object.header.e_type = ET_REL;
  const std::string ofObject = write("object.o", object.text());
  EXPECT_EQ(wrongWith(ofObject), "'" + ofObject + "' is an ELF file, but no program");
}

TEST_F(Program, isNeitherAnyTextNorAPartOfOne) {
  for (const std::string& text :
       {std::string(), std::string("echo hello\n"), std::string(ELFMAG)}) {
    const std::string path = write("text", text);
    EXPECT_NE(
        wrongWith(path).find("'" + path + "' is neither a program for x86-64 (ELF) nor a script"),
        std::string::npos)
        << wrongWith(path);
  }
}

TEST_F(Program, whatIsNoFileIsNone) {
  EXPECT_EQ(wrongWith("/"), "'/' is a folder, and no program");
  EXPECT_EQ(wrongWith("/dev/null"), "'/dev/null' is no file, and no program");
  EXPECT_EQ(wrongWith("./lost"), "there is no program './lost'");
  EXPECT_EQ(wrongWith("/etc/passwd/lost"),
            "'/etc/passwd/lost' cannot be looked at: Not a directory");
  const std::string text = write("text", "", 0644);
  EXPECT_EQ(wrongWith(text), "'" + text + "' is not executable for you");
}

TEST_F(Program, scriptsAreWhatTheirInterpretersAre) {
  EXPECT_EQ(wrongWith(write("script", "#! /bin/sh -e\nexit\n")), "");
  EXPECT_EQ(wrongWith(write("without-end", "#!/bin/sh")), "");
  const std::string lost = write("lost", "#!/no/such/interpreter\n");
  EXPECT_EQ(wrongWith(lost),
            "'" + lost + "' is a script for '/no/such/interpreter', which is not there");
  const std::string nothing = write("nothing", "#!\n");
  EXPECT_EQ(wrongWith(nothing), "'" + nothing + "' is a script for '', which is not there");
  const std::string linkedAlone = write("static", "#!/sbin/ldconfig\n");
  EXPECT_EQ(wrongWith(linkedAlone),
            "'/sbin/ldconfig' is linked statically: nothing can be loaded into it");
  const std::string itself = folder_ / "itself";
  write("itself", "#!" + itself + "\n");
  EXPECT_EQ(wrongWith(itself),
            "'" + itself + "' is run by a script that is run by a script, and so on");
}

TEST_F(Program, withRightsOfItsOwnIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root makes programs of others";
  constexpr uid_t nobody = 65534;
  for (const mode_t right : {S_ISUID, S_ISGID}) {
    const std::string path = write("program", Elf().text());
    ASSERT_EQ(chown(path.c_str(), nobody, nobody), 0);
    ASSERT_EQ(chmod(path.c_str(), 0755 | right), 0);
    EXPECT_NE(wrongWith(path).find("'" + path + "' runs with rights of its own"),
              std::string::npos);
    // One that a script has is what runs; a script itself gets none.
    const std::string script = write("script", "#!" + path + "\n");
    EXPECT_NE(wrongWith(script).find("'" + path + "' runs with rights of its own"),
              std::string::npos);
    const std::string plain = write("plain", "#!/bin/sh\n");
    ASSERT_EQ(chown(plain.c_str(), nobody, nobody), 0);
    ASSERT_EQ(chmod(plain.c_str(), 0755 | right), 0);
    EXPECT_EQ(wrongWith(plain), "");
    std::filesystem::remove(path);
    std::filesystem::remove(plain);
  }
}

}  // namespace
}  // namespace troop::command
