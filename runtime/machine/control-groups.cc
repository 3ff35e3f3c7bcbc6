#include "runtime/machine/control-groups.h"

#include <locale>
#include <string>

namespace troop::machine {
namespace {

namespace fs = std::filesystem;

void addWithThoseAbove(std::vector<ControlGroup>& groups, const fs::path& hierarchy,
                       const fs::path& path, bool unified) {
  for (fs::path at = path.relative_path();; at = at.parent_path()) {
    groups.push_back({.folder = at.empty() ? hierarchy : hierarchy / at, .unified = unified});
    if (at.empty()) return;
  }
}

}  // namespace

std::vector<ControlGroup> controlGroups(std::string_view controller, const fs::path& root) {
  std::vector<ControlGroup> groups;
  const fs::path hierarchies = root / "sys/fs/cgroup";
  const std::string wanted = "," + std::string(controller) + ",";
  std::ifstream stream(root / "proc/self/cgroup");
  // hierarchy:controllers:path
  for (std::string line; std::getline(stream, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path path = line.substr(second + 1);
    if (controllers == ",,") {
      addWithThoseAbove(groups, hierarchies, path, true);
    } else if (controllers.find(wanted) != std::string::npos) {
      addWithThoseAbove(groups, hierarchies / controller, path, false);
    }
  }
  return groups;
}

std::ifstream openNumbers(const fs::path& file) {
  std::ifstream stream;
  stream.imbue(std::locale::classic());
  stream.open(file);
  return stream;
}

std::optional<std::uint64_t> numberIn(const fs::path& file) {
  std::uint64_t number = 0;
  std::ifstream stream = openNumbers(file);
  return stream >> number ? std::optional(number) : std::nullopt;
}

}  // namespace troop::machine
