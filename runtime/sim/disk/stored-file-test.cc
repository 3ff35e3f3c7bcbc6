#include "runtime/sim/disk/stored-file.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace troop::sim {
namespace {

// What a crash leaves of it, with these choices and then none that is special.
std::string after(StoredFile file, std::vector<std::size_t> choices) {
  std::vector<std::uint64_t> unsynced;
  file.appendUnsynced(unsynced);
  std::size_t asked = 0;
  Outage outage(
      [&](ChoiceKind, std::size_t) { return asked < choices.size() ? choices[asked++] : 0; },
      std::move(unsynced));
  file.settle(outage);
  return file.bytes();
}

const std::vector<std::size_t> everythingLost{1};

TEST(StoredFile, holdsWhatWasWritten) {
  StoredFile file(512);
  file.write(1, 0, "hello");
  file.write(2, 7, "world");
  EXPECT_EQ(file.bytes(), std::string("hello\0\0world", 12));
  file.resize(3, 2);
  EXPECT_EQ(file.bytes(), "he");
  file.resize(4, 3);
  EXPECT_EQ(file.bytes(), std::string("he\0", 3));
}

TEST(StoredFile, losesWhatWasNotSynced) {
  StoredFile file(512);
  file.write(1, 0, "old");
  file.sync(1);
  file.write(2, 0, "new");
  EXPECT_EQ(after(file, {}), "new");
  EXPECT_EQ(after(file, everythingLost), "old");
  file.sync(2);
  EXPECT_EQ(after(file, everythingLost), "new");
}

TEST(StoredFile, keepsALaterWriteWithoutAnEarlierOne) {
  StoredFile file(2);
  file.write(1, 0, "ab");
  file.write(2, 2, "cd");
  EXPECT_EQ(after(file, {0, 1, 0}), std::string("\0\0cd", 4));
}

TEST(StoredFile, keepsWithALaterWriteWhatTheSectorHeldBefore) {
  StoredFile file(512);
  file.write(1, 0, "ab");
  file.write(2, 2, "cd");
  EXPECT_EQ(after(file, {0, 1, 0}), "abcd");
  EXPECT_EQ(after(file, {0, 0, 1}), "ab");
}

TEST(StoredFile, tearsWritesBetweenSectors) {
  StoredFile file(4);
  file.write(1, 0, "..........");
  file.sync(1);
  file.write(2, 2, "aabbbbcc");
  EXPECT_EQ(after(file, {2, 0}), "..aa......") << "the first sector of three";
  EXPECT_EQ(after(file, {2, 1}), "..aabbbb..");
  EXPECT_EQ(after(file, {3, 0}), "....bbbbcc");
  EXPECT_EQ(after(file, {3, 1}), "........cc");
  EXPECT_EQ(after(file, {1}), "..........");
}

TEST(StoredFile, losesWithALengthWhatCameAfterIt) {
  StoredFile file(512);
  file.write(1, 0, "old and long");
  file.sync(1);
  file.resize(2, 0);
  file.write(3, 0, "new");
  EXPECT_EQ(after(file, {0, 1}), "old and long");
  EXPECT_EQ(after(file, {0, 0, 1}), "") << "emptied, and not written again";
  EXPECT_EQ(after(file, {}), "new");
}

TEST(StoredFile, syncsNoMoreThanWhatCameBefore) {
  StoredFile file(512);
  file.write(1, 0, "a");
  file.write(2, 1, "b");
  file.sync(1);
  EXPECT_EQ(after(file, {1}), "a");
}

// As systems do: the pages are clean, and the disk knows nothing of them.
TEST(StoredFile, neverSyncsWhatWasGivenUp) {
  StoredFile file(1);
  file.write(1, 0, "a");
  file.giveUp(1);
  file.write(2, 1, "b");
  file.sync(2);
  EXPECT_EQ(file.bytes(), "ab");
  EXPECT_EQ(after(file, everythingLost), std::string("\0b", 2));
  EXPECT_EQ(after(file, {}), "ab") << "or it was there all the same";
  file.write(3, 0, "c");
  file.sync(3);
  EXPECT_EQ(after(file, everythingLost), "cb") << "written again";
}

TEST(StoredFile, spoilsWhatIsOnTheDisk) {
  StoredFile file(512);
  file.write(1, 0, "abc");
  file.sync(1);
  file.spoil(2, 1);
  EXPECT_NE(file.bytes(), "abc");
  EXPECT_EQ(file.bytes().size(), 3u);
  EXPECT_EQ(file.bytes(), after(file, everythingLost));
}

TEST(StoredFile, writesBackWhatIsOld) {
  StoredFile file(512);
  std::uint64_t number = 0;
  for (; number <= Unsynced<int>::most; ++number) file.write(number, number, "x");
  EXPECT_EQ(after(file, everythingLost), "x") << "the first one";
}

TEST(StoredFile, countsTheSectorsThatAPartIsIn) {
  const StoredFile file(4);
  EXPECT_EQ(file.sectors(0, 4), 1u);
  EXPECT_EQ(file.sectors(3, 2), 2u);
  EXPECT_EQ(file.sectors(7, 1), 1u);
  EXPECT_EQ(file.sectors(0, 0), 0u);
}

}  // namespace
}  // namespace troop::sim
