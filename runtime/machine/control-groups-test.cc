#include "runtime/machine/control-groups.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/testing/machine-files.h"

namespace troop::machine {
namespace {

std::vector<std::string> foldersFor(std::string_view controller, const tests::MachineFiles& files) {
  std::vector<std::string> folders;
  for (const ControlGroup& group : controlGroups(controller, files.root())) {
    folders.push_back(group.folder.lexically_relative(files.root()).string() +
                      (group.unified ? " unified" : ""));
  }
  return folders;
}

TEST(ControlGroups, areThatOfTheProcessAndThoseAbove) {
  const tests::MachineFiles files;
  files.write("proc/self/cgroup", "0::/slice/unit\n");
  EXPECT_EQ(foldersFor("cpu", files),
            (std::vector<std::string>{"sys/fs/cgroup/slice/unit unified",
                                      "sys/fs/cgroup/slice unified", "sys/fs/cgroup unified"}));
}

TEST(ControlGroups, ofTheOlderKindAreThoseOfTheController) {
  const tests::MachineFiles files;
  files.write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/b\n3:cpuset:/c\n");
  EXPECT_EQ(foldersFor("cpu", files),
            (std::vector<std::string>{"sys/fs/cgroup/cpu/a", "sys/fs/cgroup/cpu"}));
  EXPECT_EQ(foldersFor("cpuacct", files),
            (std::vector<std::string>{"sys/fs/cgroup/cpuacct/a", "sys/fs/cgroup/cpuacct"}));
  EXPECT_EQ(foldersFor("memory", files),
            (std::vector<std::string>{"sys/fs/cgroup/memory/b", "sys/fs/cgroup/memory"}));
  EXPECT_TRUE(foldersFor("io", files).empty());
}

TEST(ControlGroups, areNoneWhereTheKernelTellsNothingThatMakesSense) {
  const tests::MachineFiles files;
  EXPECT_TRUE(foldersFor("cpu", files).empty());
  files.write("proc/self/cgroup", "\nnothing\n1:\n");
  EXPECT_TRUE(foldersFor("cpu", files).empty());
}

TEST(ControlGroups, haveFilesThatMayHoldANumber) {
  const tests::MachineFiles files;
  files.write("number", "42 rest\n");
  files.write("word", "max\n");
  EXPECT_EQ(numberIn(files.root() / "number"), 42u);
  EXPECT_EQ(numberIn(files.root() / "word"), std::nullopt);
  EXPECT_EQ(numberIn(files.root() / "missing"), std::nullopt);
}

}  // namespace
}  // namespace troop::machine
