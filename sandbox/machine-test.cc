#include "sandbox/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string_view>

#include "runtime/time.h"
#include "sandbox/testing/wat-guests.h"

namespace troop::sandbox {
namespace {

using namespace troop::literals;

class MachineTest : public ::testing::Test {
 protected:
  void write(const std::filesystem::path& file, std::string_view content) {
    const std::filesystem::path path = folder_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  std::size_t memory() const { return memoryOfMachine(folder_.path()); }

  testing::TemporaryFolder folder_;
};

TEST_F(MachineTest, leavesPartOfWhatIsAvailableToOthers) {
  write("proc/meminfo", "MemTotal:  9999999 kB\nMemFree: 1 kB\nMemAvailable:  4194304 kB\n");
  EXPECT_EQ(memory(), 4_GiB - 256_MiB);
  write("proc/meminfo", "MemAvailable:  131072 kB\n");
  EXPECT_EQ(memory(), 64_MiB);
  write("proc/meminfo", "MemAvailable:  1024 kB\n");
  EXPECT_EQ(memory(), 1_MiB);
}

TEST_F(MachineTest, heedsTheGroupOfTheProcessAndThoseAbove) {
  write("proc/meminfo", "MemAvailable:  4194304 kB\n");
  write("proc/self/cgroup", "0::/slice/unit\n");
  write("sys/fs/cgroup/slice/unit/memory.max", "max\n");
  write("sys/fs/cgroup/slice/unit/memory.current", "1000\n");
  EXPECT_EQ(memory(), 4_GiB - 256_MiB);
  write("sys/fs/cgroup/slice/memory.max", "2147483648\n");
  write("sys/fs/cgroup/slice/memory.current", "1610612736\n");
  write("sys/fs/cgroup/slice/memory.stat", "anon 1\ninactive_file 536870912\n");
  EXPECT_EQ(memory(), 1_GiB - 64_MiB);
}

TEST_F(MachineTest, heedsTheOlderKindOfGroup) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n");
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1073741824\n");
  write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "536870912\n");
  EXPECT_EQ(memory(), 512_MiB - 64_MiB);
}

TEST_F(MachineTest, whatCannotBeReadDoesNotCount) {
  EXPECT_EQ(memory(), std::numeric_limits<std::size_t>::max());
  EXPECT_GE(memoryOfMachine(), 1_MiB);
}

}  // namespace
}  // namespace troop::sandbox
