#include "runtime/io/directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "runtime/io/file.h"
#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/reactor/open-file.h"
#include "runtime/sendable.h"

namespace troop {
namespace {

// An empty one, gone with its end with all that is in it; a simulated disk is.
struct Folder : std::string {
  Folder() : std::string(tests::unusedPathHere()) {
    const std::size_t name = rfind('/') + 1;
    Directory::open(substr(0, name))->make(substr(name)).value();
  }
  ~Folder() { std::filesystem::remove_all(c_str()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string with(const std::string& name) const { return *this + "/" + name; }
};

std::vector<std::string> sortedNames(Directory& directory) {
  std::vector<std::string> names = directory.names().value();
  std::ranges::sort(names);
  return names;
}

bool says(const Error& error, const char* name) {
  return error.reason().find(name) != std::string::npos;
}

TROOP_IO_TEST_EVERYWHERE(Directory, namesWhatIsInIt) {
  const Folder folder;
  Directory directory = Directory::open(folder).value();
  EXPECT_EQ(directory.path(), folder);
  EXPECT_TRUE(directory.names().value().empty());
  File::open(folder.with("b"), FileAccess::making).value();
  directory.make("a").value();
  EXPECT_EQ(sortedNames(directory), (std::vector<std::string>{"a", "b"}));
}

// More than one call gives.
TROOP_IO_TEST_EVERYWHERE(Directory, namesMany) {
  const Folder folder;
  std::vector<std::string> made;
  for (int i = 0; i < 160; ++i) {
    made.push_back(std::string(200, 'x') + std::to_string(i));
    File::open(folder.with(made.back()), FileAccess::making).value();
  }
  std::ranges::sort(made);
  Directory directory = Directory::open(folder).value();
  EXPECT_EQ(sortedNames(directory), made);
}

TROOP_IO_TEST_EVERYWHERE(Directory, renamesAndRemoves) {
  const Folder folder;
  Directory directory = Directory::open(folder).value();
  File::open(folder.with("new"), FileAccess::making)->writeAt(0, "new").value();
  File::open(folder.with("state"), FileAccess::making)->writeAt(0, "the old one").value();
  directory.rename("new", "state").value();
  directory.sync().value();
  EXPECT_EQ(File::open(folder.with("state"))->bytes().value(), 3U);
  EXPECT_EQ(sortedNames(directory), std::vector<std::string>{"state"});
  directory.make("inner").value();
  directory.remove("inner").value();
  directory.remove("state").value();
  EXPECT_TRUE(directory.names().value().empty());
}

TROOP_IO_TEST_EVERYWHERE(Directory, renamesIntoAnother) {
  const Folder folder;
  const Folder other;
  Directory from = Directory::open(folder).value();
  Directory into = Directory::open(other).value();
  File::open(folder.with("file"), FileAccess::making)->writeAt(0, "text").value();
  File::open(other.with("taken"), FileAccess::making).value();
  from.rename("file", into, "taken").value();
  EXPECT_TRUE(from.names().value().empty());
  EXPECT_EQ(sortedNames(into), std::vector<std::string>{"taken"});
  EXPECT_EQ(File::open(other.with("taken"))->bytes().value(), 4U);
  EXPECT_TRUE(says(from.rename("file", into, "taken").error(), "ENOENT"));
  EXPECT_TRUE(says(into.rename("taken", from, "../taken").error(), "EINVAL"));
  into.close();
  File::open(folder.with("file"), FileAccess::making).value();
  EXPECT_EQ(from.rename("file", into, "taken").error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST_EVERYWHERE(Directory, doesNotGoIntoItself) {
  const Folder folder;
  Directory outer = Directory::open(folder).value();
  outer.make("inner").value();
  Directory inner = Directory::open(folder.with("inner")).value();
  inner.make("innermost").value();
  Directory innermost = Directory::open(folder.with("inner/innermost")).value();
  EXPECT_TRUE(says(outer.rename("inner", innermost, "a").error(), "EINVAL"));
  innermost.close();
  inner.remove("innermost").value();
}

TROOP_IO_TEST_EVERYWHERE(Directory, failsAsTheSystemDoes) {
  const Folder folder;
  EXPECT_TRUE(says(Directory::open(folder.with("none")).error(), "ENOENT"));
  Directory directory = Directory::open(folder).value();
  EXPECT_TRUE(says(directory.remove("none").error(), "ENOENT"));
  EXPECT_TRUE(says(directory.rename("none", "some").error(), "ENOENT"));
  directory.make("full").value();
  EXPECT_TRUE(says(directory.make("full").error(), "EEXIST"));
  File::open(folder.with("full/file"), FileAccess::making).value();
  EXPECT_TRUE(says(directory.remove("full").error(), "ENOTEMPTY"));
  EXPECT_TRUE(says(Directory::open(folder.with("full/file")).error(), "ENOTDIR"));
}

TROOP_IO_TEST_EVERYWHERE(Directory, reachesNothingOutsideOfIt) {
  const Folder folder;
  Directory directory = Directory::open(folder).value();
  File::open(folder.with("file"), FileAccess::making).value();
  for (const std::string_view name :
       {std::string_view(), std::string_view("."), std::string_view(".."), std::string_view("a/b"),
        std::string_view("/tmp"), std::string_view("a\0b", 3)}) {
    EXPECT_TRUE(says(directory.make(name).error(), "EINVAL")) << name;
    EXPECT_TRUE(says(directory.remove(name).error(), "EINVAL")) << name;
    EXPECT_TRUE(says(directory.rename("file", name).error(), "EINVAL")) << name;
    EXPECT_TRUE(says(directory.rename(name, "file").error(), "EINVAL")) << name;
  }
  EXPECT_EQ(sortedNames(directory), std::vector<std::string>{"file"});
}

TROOP_IO_TEST_EVERYWHERE(Directory, isOfNoUseWhenItIsClosed) {
  const Folder folder;
  Directory directory = Directory::open(folder).value();
  directory.close();
  EXPECT_EQ(directory.names().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(directory.make("a").error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(directory.sync().error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST_EVERYWHERE(Directory, isUsedByManyThreadsAtOnce) {
  const Folder folder;
  Directory directory = Directory::open(folder).value();
  constexpr int threads = 8;
  {
    Scope scope;
    for (int i = 0; i < threads; ++i) {
      scope.thread(
          [](Directory* shared, int number) {
            const std::string mine = std::to_string(number);
            shared->make(mine).value();
            EXPECT_GE(shared->names().value().size(), 1u);
            shared->rename(mine, "done" + mine).value();
          },
          assumeSendable(&directory), i);
    }
  }
  EXPECT_EQ(directory.names().value().size(), std::size_t{threads});
}

TEST(Directory, isUsedByOsThreadsOfTheHost) {
  const std::string folder = tests::unusedPath();
  std::filesystem::create_directory(folder);
  Process process({.carriers = 1});
  Directory directory = Directory::open(process, folder).value();
  std::thread([&] { directory.make("from outside").value(); }).join();
  EXPECT_EQ(directory.names().value(), std::vector<std::string>{"from outside"});
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace troop
