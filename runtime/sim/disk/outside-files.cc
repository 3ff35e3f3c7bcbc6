#include "runtime/sim/disk/outside-files.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <string_view>
#include <system_error>

namespace troop::sim {
namespace {

constexpr const char* folder = "/proc/self/fd";

struct Close {
  void operator()(DIR* directory) const noexcept { closedir(directory); }
};

}  // namespace

template <typename Visit>
void OutsideFiles::forEach(Visit visit) {
  const std::unique_ptr<DIR, Close> directory(opendir(folder));
  if (!directory) return;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name(entry->d_name);
    int descriptor = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), descriptor).ec != std::errc()) {
      continue;  // "." and "..".
    }
    struct stat status{};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const std::string link = std::string(folder) + "/" + entry->d_name;
    if (!visit(Known{descriptor, status.st_dev, status.st_ino}, link)) return;
  }
}

OutsideFiles::OutsideFiles() {
  forEach([this](const Known& known, const std::string&) {
    before_.insert(known);
    return true;
  });
}

std::string OutsideFiles::opened() const {
  std::string found;
  forEach([&](const Known& known, const std::string& link) {
    if (before_.contains(known)) return true;
    std::array<char, PATH_MAX> path;
    const ssize_t length = readlink(link.c_str(), path.data(), path.size());
    found = length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : link;
    return false;
  });
  return found;
}

}  // namespace troop::sim
