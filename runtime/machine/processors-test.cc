#include "runtime/machine/processors.h"

#include <gtest/gtest.h>

#include "runtime/testing/machine-files.h"

namespace troop::machine {
namespace {

class Processors : public ::testing::Test {
 protected:
  void write(std::string_view file, std::string_view content) { files_.write(file, content); }
  unsigned available(unsigned inMask) const {
    return processorsAvailable(inMask, controlGroups("cpu", files_.root()));
  }

 private:
  const tests::MachineFiles files_;
};

TEST_F(Processors, areThoseOfTheMaskWhereNothingElseIsSaid) {
  EXPECT_EQ(available(6), 6u);
  write("proc/self/cgroup", "0::/unit\n");
  write("sys/fs/cgroup/unit/cpu.max", "max 100000\n");
  EXPECT_EQ(available(6), 6u);
}

TEST_F(Processors, areNoMoreThanAQuotaPaysFor) {
  write("proc/self/cgroup", "0::/slice/unit\n");
  write("sys/fs/cgroup/slice/unit/cpu.max", "300000 100000\n");
  EXPECT_EQ(available(6), 3u);
  EXPECT_EQ(available(2), 2u);
  // A part of a CPU is a whole one that is used for a part of the time.
  write("sys/fs/cgroup/slice/unit/cpu.max", "310000 100000\n");
  EXPECT_EQ(available(6), 4u);
  write("sys/fs/cgroup/slice/unit/cpu.max", "1000 100000\n");
  EXPECT_EQ(available(6), 1u);
}

TEST_F(Processors, heedTheQuotasOfTheGroupsAbove) {
  write("proc/self/cgroup", "0::/slice/unit\n");
  write("sys/fs/cgroup/slice/unit/cpu.max", "400000 100000\n");
  write("sys/fs/cgroup/slice/cpu.max", "50000 25000\n");
  EXPECT_EQ(available(6), 2u);
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(available(6), 1u);
}

TEST_F(Processors, heedTheOlderKindOfGroup) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n");
  write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(available(6), 6u);
  write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000\n");
  EXPECT_EQ(available(6), 3u);
}

TEST_F(Processors, areNotChangedByWhatMakesNoSense) {
  write("proc/self/cgroup", "5:cpu:/a\n0::/b\n");
  write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000\n");
  write("sys/fs/cgroup/b/cpu.max", "100000 0\n");
  EXPECT_EQ(available(6), 6u);
  write("sys/fs/cgroup/b/cpu.max", "100000\n");
  EXPECT_EQ(available(6), 6u);
}

TEST_F(Processors, areThoseTheMachineIsMadeWith) {
  EXPECT_GE(processorsOfMachine(), 1u);
}

}  // namespace
}  // namespace troop::machine
