#include "sandbox/js/module-files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "runtime/error.h"
#include "runtime/units.h"

namespace troop::sandbox::js {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view packagesFolder = "node_modules";

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const noexcept { return number_; }
  bool isOpen() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

bool isBelow(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

// Where an open file really lies, whatever names led to it.
fs::path placeOf(const Descriptor& file) {
  std::error_code error;
  fs::path place = fs::read_symlink("/proc/self/fd/" + std::to_string(file.get()), error);
  return error ? fs::path() : place;
}

// -1: there is none.
off_t sizeOfRegularFile(const Descriptor& file) {
  struct stat status{};
  return fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : -1;
}

std::optional<std::string> content(const Descriptor& file, std::size_t bytesMax) {
  std::string text;
  std::array<char, 16384> part;
  for (;;) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
    if (text.size() > bytesMax) return std::nullopt;
  }
}

bool isPackagesFolder(const fs::path& path) {
  return path.filename() == packagesFolder;
}

}  // namespace

ModuleFiles::ModuleFiles(const fs::path& entry, const fs::path& root) {
  std::error_code error;
  entry_ = fs::canonical(entry, error);
  if (error || !fs::is_regular_file(entry_, error)) refuse(entry.string() + ": no such file");
  folder_ = entry_.parent_path();
  root_ = root.empty() ? folder_ : fs::canonical(root, error);
  if (error) refuse(root.string() + ": no such folder");
  if (!isBelow(folder_, root_)) refuse(entry.string() + ": is not below " + root.string());

  allowed_.push_back(folder_);
  for (fs::path around = folder_; around != root_;) {
    around = around.parent_path();
    const fs::path packages = fs::canonical(around / packagesFolder, error);
    if (!error && isBelow(packages, root_)) allowed_.push_back(packages);
  }
}

bool ModuleFiles::isAllowed(const fs::path& real) const {
  return std::ranges::any_of(allowed_,
                             [&](const fs::path& folder) { return isBelow(real, folder); });
}

bool ModuleFiles::mayBe(const fs::path& path) const {
  return isAllowed(path.lexically_normal());
}

std::optional<ModuleFiles::File> ModuleFiles::read(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  std::error_code error;
  // Looked at before it is opened, since opening a device may do something.
  if (!isAllowed(normal) || !fs::is_regular_file(normal, error)) return std::nullopt;
  const Descriptor file(open(normal.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.isOpen()) {
    if (errno == EACCES) refuse(nameOf(normal) + ": may not be read");
    return std::nullopt;
  }
  const off_t size = sizeOfRegularFile(file);
  fs::path place = placeOf(file);
  if (size < 0 || !isAllowed(place)) return std::nullopt;
  if (static_cast<std::size_t>(size) > moduleFileBytesMax) {
    refuse(nameOf(normal) + ": is " + describeBytes(static_cast<std::size_t>(size)) + "; at most " +
           describeBytes(moduleFileBytesMax) + " are read");
  }
  std::optional<std::string> text = content(file, moduleFileBytesMax);
  if (!text) refuse(nameOf(normal) + ": cannot be read");
  bytesRead_ += text->size();
  if (bytesRead_ > moduleFilesBytesMax) {
    refuse(nameOf(normal) + ": with it the plugin has more than " +
           describeBytes(moduleFilesBytesMax) + " of modules");
  }
  return File{std::move(place), *std::move(text)};
}

std::optional<fs::path> ModuleFiles::packageFolder(const fs::path& folder, std::string_view name) {
  for (fs::path around = folder;; around = around.parent_path()) {
    const fs::path packages = isPackagesFolder(around) ? around : around / packagesFolder;
    std::error_code error;
    const bool isHosts = isBelow(folder_, around) && around != folder_;
    fs::path real = isHosts || mayBe(packages) ? fs::canonical(packages / name, error) : fs::path();
    if (!real.empty() && !error && fs::is_directory(real, error)) {
      // A link below the plugin's folder is the plugin author's; one in a folder around it is the
      // host's, who may have put the package elsewhere below the root.
      const bool allowed = isHosts ? isBelow(real, root_) : isAllowed(real);
      if (allowed) {
        if (!isAllowed(real)) allowed_.push_back(real);
        return real;
      }
    }
    if (around == root_ || !around.has_relative_path()) return std::nullopt;
  }
}

std::optional<fs::path> ModuleFiles::enclosingPackage(fs::path folder) {
  for (; mayBe(folder) && !isPackagesFolder(folder); folder = folder.parent_path()) {
    std::error_code error;
    if (fs::is_regular_file(folder / "package.json", error)) return folder;
    if (!folder.has_relative_path()) break;
  }
  return std::nullopt;
}

std::string ModuleFiles::nameOf(const fs::path& path) const {
  return path.lexically_relative(folder_).string();
}

}  // namespace troop::sandbox::js
