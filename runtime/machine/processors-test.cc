#include "runtime/machine/processors.h"

#include <gtest/gtest.h>

#include <locale>
#include <string>

#include "runtime/testing/machine-files.h"

namespace troop::machine {
namespace {

class Processors : public ::testing::Test {
 protected:
  void write(std::string_view file, std::string_view content) { files_.write(file, content); }
  unsigned available(unsigned inMask) const {
    return processorsAvailable(inMask, controlGroups("cpu", files_.root())).count;
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

// Where a space stands between thousands, as in French.
class SpacesBetweenThousands : public std::numpunct<char> {
  char do_thousands_sep() const override { return ' '; }
  std::string do_grouping() const override { return "\3"; }
};

TEST_F(Processors, areThoseOfAQuotaWhateverTheHostsLocale) {
  write("proc/self/cgroup", "5:cpu:/a\n0::/b\n");
  write("sys/fs/cgroup/b/cpu.max", "300000 100000\n");
  const std::locale before =
      std::locale::global(std::locale(std::locale::classic(), new SpacesBetweenThousands()));
  const unsigned unified = available(6);
  write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000 \n");
  write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "125000 \n");
  const unsigned older = available(6);
  std::locale::global(before);
  EXPECT_EQ(unified, 3u);
  EXPECT_EQ(older, 2u);
}

TEST_F(Processors, areThoseTheMachineIsMadeWith) {
  EXPECT_GE(processorsOfMachine(), 1u);
}

}  // namespace
}  // namespace troop::machine
