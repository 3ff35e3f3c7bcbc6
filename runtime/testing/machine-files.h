// A folder with the files that a kernel would show, so that tests of what a machine offers do not
// depend on the one they run on.
//
//   const tests::MachineFiles machine;
//   machine.write("sys/fs/cgroup/cpu.max", "150000 100000\n");
//   EXPECT_EQ(controlGroups("cpu", machine.root()).size(), 1u);
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace troop::tests {

class MachineFiles {
 public:
  MachineFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "machine-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    root_ = name;
  }
  ~MachineFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  MachineFiles(const MachineFiles&) = delete;
  MachineFiles& operator=(const MachineFiles&) = delete;

  const std::filesystem::path& root() const noexcept { return root_; }

  void write(std::string_view file, std::string_view content) const {
    const std::filesystem::path path = root_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace troop::tests
