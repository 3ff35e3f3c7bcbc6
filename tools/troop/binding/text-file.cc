#include "tools/troop/binding/text-file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "runtime/units.h"

namespace troop::binding {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file)
      : descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

Error unreadable(std::string reason) {
  return Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
}

Error unreadable(int error) {
  if (error == ENOENT || error == ENOTDIR) return unreadable("no such file");
  return unreadable(fmt::format("cannot be read: {}", std::strerror(error)));
}

}  // namespace

Expected<std::string> readTextFile(const std::filesystem::path& file, std::size_t bytesMax) {
  const OpenFile opened(file);
  if (opened.descriptor() < 0) return unreadable(errno);
  struct stat status{};
  if (fstat(opened.descriptor(), &status) != 0) return unreadable(errno);
  if (S_ISDIR(status.st_mode)) return unreadable("a folder, no file");
  if (!S_ISREG(status.st_mode)) return unreadable("no plain file, but a pipe or a device");
  if (static_cast<std::uintmax_t>(status.st_size) > bytesMax) {
    return unreadable(fmt::format("larger than {}", describeBytes(bytesMax)));
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = read(opened.descriptor(), text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) return unreadable(errno);
    if (count == 0) break;  // it has become shorter
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

Change writeTextFile(const std::filesystem::path& file, std::string_view text) {
  const Expected<std::string> old = readTextFile(file, text.size());
  if (old.succeeded() && old.value() == text) return Change::none;
  std::error_code status;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), status);
  errno = 0;
  std::ofstream written(file, std::ios::binary | std::ios::trunc);
  written << text;
  written.close();
  if (written) return Change::written;
  const int error = status ? status.value() : errno;
  throw Error(ErrorKind::failed,
              fmt::format("cannot write {}{}{}", file.native(), error == 0 ? "" : ": ",
                          error == 0 ? "" : std::strerror(error)));
}

}  // namespace troop::binding
