#include "runtime/sim/disk/volume.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troop::sim {
namespace {

constexpr int making = O_RDWR | O_CREAT;

// Answers as a crash is asked for.
Draw answering(std::vector<std::size_t> choices) {
  return [choices = std::move(choices), asked = std::size_t{0}](ChoiceKind, std::size_t) mutable {
    return asked < choices.size() ? choices[asked++] : 0;
  };
}
Draw losingAll() {
  return [](ChoiceKind, std::size_t) { return std::size_t{1}; };
}

NodeRef opened(Volume& volume, std::string_view path, int flags = O_RDWR) {
  NodeRef node;
  EXPECT_EQ(volume.open(path, flags, &node), 0) << path;
  return node;
}
int failing(Volume& volume, std::string_view path, int flags = O_RDWR) {
  NodeRef node;
  return volume.open(path, flags, &node);
}
std::string textIn(Volume& volume, std::string_view path) {
  const NodeRef node = opened(volume, path, O_RDONLY);
  return node ? node->file.bytes() : "no file";
}
void syncAll(Volume& volume, Node& node) {
  Volume::sync(node, volume.lastChange());
}

std::vector<std::string> namesIn(const Node& directory, std::size_t roomBytes) {
  std::vector<std::string> names;
  std::vector<std::byte> room(roomBytes);
  for (std::uint64_t place = 0;;) {
    const long filled = Volume::list(directory, place, room);
    if (filled <= 0) return names;
    for (long at = 0; at < filled;) {
      dirent64 entry{};
      std::memcpy(&entry, room.data() + at, offsetof(dirent64, d_name));
      names.emplace_back(reinterpret_cast<const char*>(room.data()) + at +
                         offsetof(dirent64, d_name));
      place = static_cast<std::uint64_t>(entry.d_off);
      at += entry.d_reclen;
    }
  }
}

TEST(Volume, opensAsTheSystemDoes) {
  Volume volume({});
  EXPECT_EQ(failing(volume, "/a"), -ENOENT);
  EXPECT_EQ(failing(volume, ""), -ENOENT);
  volume.write(*opened(volume, "/a", making), 0, "text");
  EXPECT_EQ(failing(volume, "/a", making | O_EXCL), -EEXIST);
  EXPECT_EQ(textIn(volume, "a"), "text") << "the root is where a program stands";
  EXPECT_EQ(textIn(volume, "/tmp/.././/a"), "text");
  EXPECT_EQ(failing(volume, "/a/b"), -ENOTDIR);
  EXPECT_EQ(failing(volume, "/a/"), -ENOTDIR);
  EXPECT_EQ(failing(volume, "/a", O_RDONLY | O_DIRECTORY), -ENOTDIR);
  EXPECT_EQ(failing(volume, "/none/b", making), -ENOENT);
  EXPECT_EQ(failing(volume, "/tmp"), -EISDIR);
  EXPECT_EQ(failing(volume, "/tmp", O_RDONLY | O_CREAT), -EISDIR);
  EXPECT_EQ(failing(volume, "/new/", making), -EISDIR);
  EXPECT_EQ(failing(volume, "/" + std::string(256, 'x'), making), -ENAMETOOLONG);
  EXPECT_EQ(failing(volume, std::string(5000, '/'), O_RDONLY), -ENAMETOOLONG);
  opened(volume, "/a", O_RDWR | O_TRUNC);
  EXPECT_EQ(textIn(volume, "/a"), "");
}

TEST(Volume, renamesAndRemovesAsTheSystemDoes) {
  Volume volume({});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  volume.write(*opened(volume, "/a", making), 0, "a");
  const NodeRef replaced = opened(volume, "/b", making);
  volume.write(*replaced, 0, "b");
  EXPECT_EQ(volume.rename(*root, "none", *root, "b"), -ENOENT);
  EXPECT_EQ(volume.rename(*root, "a", *root, "a"), 0);
  EXPECT_EQ(volume.rename(*root, "a", *root, "tmp"), -EISDIR);
  EXPECT_EQ(volume.rename(*root, "tmp", *root, "a"), -ENOTDIR);
  EXPECT_EQ(volume.rename(*root, "a", *root, "b"), 0);
  EXPECT_EQ(failing(volume, "/a"), -ENOENT);
  EXPECT_EQ(textIn(volume, "/b"), "a");
  EXPECT_EQ(replaced->file.bytes(), "b") << "who has it open has it still";
  EXPECT_EQ(volume.make(*root, "b"), -EEXIST);
  EXPECT_EQ(volume.make(*root, "d"), 0);
  const NodeRef inner = opened(volume, "/d", O_RDONLY);
  opened(volume, "/d/file", making);
  EXPECT_EQ(volume.remove(*root, "d"), -ENOTEMPTY);
  EXPECT_EQ(volume.rename(*root, "tmp", *root, "d"), -ENOTEMPTY);
  EXPECT_EQ(volume.remove(*inner, "file"), 0);
  EXPECT_EQ(volume.remove(*inner, "file"), -ENOENT);
  EXPECT_EQ(volume.remove(*root, "d"), 0);
  EXPECT_EQ(volume.make(*inner, "late"), -ENOENT) << "it is gone";
  EXPECT_EQ(volume.make(*replaced, "x"), -ENOTDIR);
}

TEST(Volume, listsEachNameOnceWhateverComesAndGoes) {
  Volume volume({});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  std::set<std::string> names{"tmp"};
  for (int i = 0; i < 50; ++i) {
    names.insert("file" + std::to_string(i));
    opened(volume, "/file" + std::to_string(i), making);
  }
  for (const std::size_t room : {64u, 200u, 32'000u}) {
    const std::vector<std::string> listed = namesIn(*root, room);
    EXPECT_EQ(listed.size(), names.size());
    EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()), names);
  }
  std::array<std::byte, 8> tooFew;
  EXPECT_EQ(Volume::list(*root, 0, tooFew), -EINVAL);
}

TEST(Volume, losesANameThatWasNotSynced) {
  Volume volume({});
  const NodeRef file = opened(volume, "/log", making);
  volume.write(*file, 0, "text");
  syncAll(volume, *file);
  volume.crash(losingAll());
  EXPECT_EQ(failing(volume, "/log"), -ENOENT) << "the file was synced, its directory was not";
}

TEST(Volume, keepsWhatWasSynced) {
  Volume volume({});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  volume.make(*root, "data");
  syncAll(volume, *root);
  const NodeRef data = opened(volume, "/data", O_RDONLY);
  const NodeRef file = opened(volume, "/data/log", making);
  volume.write(*file, 0, "text");
  syncAll(volume, *file);
  syncAll(volume, *data);
  volume.write(*file, 4, " and more");
  volume.crash(losingAll());
  EXPECT_EQ(textIn(volume, "/data/log"), "text");
}

TEST(Volume, renamesAsAWholeOrNotAtAll) {
  for (const std::size_t lost : {0u, 1u}) {
    Volume volume({});
    const NodeRef root = opened(volume, "/", O_RDONLY);
    volume.write(*opened(volume, "/old", making), 0, "old");
    volume.write(*opened(volume, "/new", making), 0, "new");
    for (const char* path : {"/old", "/new", "/"}) {
      syncAll(volume, *opened(volume, path, O_RDONLY));
    }
    volume.rename(*root, "new", *root, "old");
    volume.crash(answering({lost}));
    EXPECT_EQ(textIn(volume, "/old"), lost == 0 ? "new" : "old");
    EXPECT_EQ(failing(volume, "/new"), lost == 0 ? -ENOENT : 0);
  }
}

// Two directories of which one or none is synced.
TEST(Volume, renamesIntoAnotherDirectoryAsAWholeOrNotAtAll) {
  for (const char* synced : {"none", "/from", "/into"}) {
    for (const std::size_t lost : {0u, 1u}) {
      Volume volume({});
      const NodeRef root = opened(volume, "/", O_RDONLY);
      volume.make(*root, "from");
      volume.make(*root, "into");
      volume.write(*opened(volume, "/from/file", making), 0, "text");
      for (const char* path : {"/from/file", "/from", "/into", "/"}) {
        syncAll(volume, *opened(volume, path, O_RDONLY));
      }
      EXPECT_EQ(volume.rename(*opened(volume, "/from", O_RDONLY), "file",
                              *opened(volume, "/into", O_RDONLY), "there"),
                0);
      if (*synced == '/') syncAll(volume, *opened(volume, synced, O_RDONLY));
      volume.crash(answering({0, lost, 1 - lost}));
      const bool isThere = *synced == '/' || lost == 0;
      EXPECT_EQ(failing(volume, "/into/there"), isThere ? 0 : -ENOENT) << synced << lost;
      EXPECT_EQ(failing(volume, "/from/file"), isThere ? -ENOENT : 0) << synced << lost;
    }
  }
}

// One whose sync has failed before stands in the way of what comes later being stored.
TEST(Volume, keepsBothNamesOfARenameOfWhichOneWasSynced) {
  for (const bool intoIsOlder : {false, true}) {
    Volume volume({});
    const NodeRef root = opened(volume, "/", O_RDONLY);
    for (const char* name : {intoIsOlder ? "into" : "from", intoIsOlder ? "from" : "into"}) {
      volume.make(*root, name);
    }
    const NodeRef from = opened(volume, "/from", O_RDONLY);
    const NodeRef into = opened(volume, "/into", O_RDONLY);
    opened(volume, "/from/file", making);
    syncAll(volume, *root);
    syncAll(volume, *from);
    opened(volume, "/from/other", making);
    Volume::giveUp(*from, volume.lastChange());
    volume.rename(*from, "file", *into, "there");
    syncAll(volume, *from);
    volume.crash(losingAll());
    EXPECT_EQ(failing(volume, "/into/there"), 0) << intoIsOlder;
    EXPECT_EQ(failing(volume, "/from/file"), -ENOENT) << intoIsOlder;
  }
}

// Directories that are moved to and fro are never in each other.
TEST(Volume, losesWhatWasRenamedAfterWhatIsLost) {
  Volume volume({});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  volume.make(*root, "a");
  volume.make(*root, "b");
  syncAll(volume, *root);
  const NodeRef a = opened(volume, "/a", O_RDONLY);
  const NodeRef b = opened(volume, "/b", O_RDONLY);
  EXPECT_EQ(volume.rename(*root, "b", *a, "b"), 0);
  EXPECT_EQ(volume.rename(*a, "b", *root, "b"), 0);
  EXPECT_EQ(volume.rename(*root, "a", *b, "a"), 0);
  volume.crash(answering({0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(failing(volume, "/a/b", O_RDONLY), 0);
  EXPECT_EQ(failing(volume, "/b", O_RDONLY), -ENOENT);
  EXPECT_EQ(failing(volume, "/a/b/a", O_RDONLY), -ENOENT);
}

// The mistake of many programs: the name is there before what it names.
TEST(Volume, mayKeepARenameWithoutWhatWasWritten) {
  Volume volume({});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  volume.write(*opened(volume, "/new", making), 0, "new");
  volume.rename(*root, "new", *root, "state");
  syncAll(volume, *root);
  volume.crash(losingAll());
  EXPECT_EQ(textIn(volume, "/state"), "");
}

TEST(Volume, bringsBackWhatWasRemovedAndNotSynced) {
  Volume volume({});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  volume.make(*root, "d");
  volume.write(*opened(volume, "/file", making), 0, "text");
  syncAll(volume, *opened(volume, "/file"));
  syncAll(volume, *root);
  volume.remove(*root, "file");
  volume.remove(*root, "d");
  volume.crash(losingAll());
  EXPECT_EQ(textIn(volume, "/file"), "text");
  opened(volume, "/d/file", making);
}

TEST(Volume, losesWhatIsInADirectoryThatIsLost) {
  Volume volume({});
  volume.make(*opened(volume, "/", O_RDONLY), "d");
  const NodeRef file = opened(volume, "/d/file", making);
  syncAll(volume, *file);
  syncAll(volume, *opened(volume, "/d", O_RDONLY));
  volume.crash(losingAll());
  EXPECT_EQ(failing(volume, "/d/file"), -ENOENT);
}

TEST(Volume, hasNoMoreRoomThanItIsGiven) {
  Volume volume({.roomBytes = 10});
  const NodeRef root = opened(volume, "/", O_RDONLY);
  const NodeRef file = opened(volume, "/a", making);
  EXPECT_EQ(volume.write(*file, 0, "12345678"), 8);
  EXPECT_EQ(volume.write(*file, 6, "78901234"), 4) << "as much as there is room for";
  EXPECT_EQ(volume.write(*file, 10, "x"), -ENOSPC);
  EXPECT_EQ(volume.write(*file, 0, "again"), 5);
  EXPECT_EQ(volume.resize(*file, 11), -ENOSPC);
  EXPECT_EQ(volume.write(*file, std::uint64_t{1} << 62, "x"), -ENOSPC);
  volume.remove(*root, "a");
  EXPECT_EQ(volume.write(*opened(volume, "/b", making), 0, "0123456789"), 10);
}

}  // namespace
}  // namespace troop::sim
