// The control groups that bound this OS process, in both versions: each limit of one holds for all
// below it, so who asks for a limit looks at the group of the process and at those above it.
//
// Ownership: values. Threads: any. Fails: what cannot be read does not count, for a process sees
// only a part of the tree where it runs in a container.
//
//   for (const ControlGroup& group : controlGroups("cpu", "/")) look(group.folder / "cpu.max");
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {
namespace machine {

struct ControlGroup {
  std::filesystem::path folder;  // of its files; may not exist
  bool unified;                  // version 2, where one group has the files of all controllers
};

// The groups that this process is in for `controller`, such as "cpu" or "memory", each followed by
// those above it. `root` is where `proc` and `sys` are.
std::vector<ControlGroup> controlGroups(std::string_view controller,
                                        const std::filesystem::path& root);

// A file to read numbers from, whatever the host's locale puts between thousands; `errno` says why
// it is not open.
std::ifstream openNumbers(const std::filesystem::path& file);

// Of a file that begins with a number; none where it does not, such as "max".
std::optional<std::uint64_t> numberIn(const std::filesystem::path& file);

}  // namespace machine
}  // namespace troop
