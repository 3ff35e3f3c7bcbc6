#include "runtime/sim/disk/outside-files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace troop::sim {
namespace {

// Gone with its end.
struct Opened {
  ~Opened() {
    close(descriptor);
    std::remove(path.c_str());
  }
  std::string path = testing::TempDir() + "/troop-outside-XXXXXX";
  const int descriptor = mkstemp(path.data());
};

TEST(OutsideFiles, areThoseThatWereOpenedSince) {
  const Opened before;
  const OutsideFiles files;
  EXPECT_EQ(files.opened(), "");
  {
    const Opened since;
    EXPECT_NE(files.opened().find(since.path.substr(since.path.rfind('/'))), std::string::npos);
  }
  EXPECT_EQ(files.opened(), "");
}

TEST(OutsideFiles, areOthersThatHaveTheNumberOfOneBefore) {
  const Opened before;
  const OutsideFiles files;
  const Opened since;
  ASSERT_EQ(dup2(since.descriptor, before.descriptor), before.descriptor);
  close(since.descriptor);
  EXPECT_NE(files.opened().find(since.path.substr(since.path.rfind('/'))), std::string::npos);
}

TEST(OutsideFiles, areNoPipes) {
  const OutsideFiles files;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(files.opened(), "");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace troop::sim
