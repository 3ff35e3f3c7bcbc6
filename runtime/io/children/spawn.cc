#include "runtime/io/children/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "runtime/io/system-error.h"

namespace troop::children {
namespace {

constexpr int lastStream = 2;

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    // Carriers, and perhaps the host's threads, block some: that would outlive the start.
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// Each returns 0 or an errno, for want of memory only.
class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  int giveStreams(const std::array<int, 3>& streams) {
    for (int target = 0; target <= lastStream; ++target) {
      if (streams[target] == target) continue;
      const int error = posix_spawn_file_actions_adddup2(&actions_, streams[target], target);
      if (error != 0) return error;
    }
    // Of the host as well, who may not close what it opens in others.
    return posix_spawn_file_actions_addclosefrom_np(&actions_, lastStream + 1);
  }
  int enter(int folder) { return posix_spawn_file_actions_addfchdir_np(&actions_, folder); }
  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// By name, so that it is known whether it or the program is not there.
class Folder {
 public:
  explicit Folder(const std::string& path)
      : descriptor_(path.empty() ? none : ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        error_(!path.empty() && descriptor_ < 0 ? errno : 0) {}
  ~Folder() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  int error() const noexcept { return error_; }

 private:
  static constexpr int none = -1;
  const int descriptor_;
  const int error_;
};

// As exec takes them; false: one of them ends early.
bool pointTo(const std::vector<std::string>& texts, std::vector<char*>& pointers) {
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) return false;
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return true;
}

}  // namespace

Expected<pid_t> spawn(const Program& program) {
  constexpr const char* starting = "starting";
  std::vector<char*> arguments{const_cast<char*>(program.name.c_str())};
  std::vector<char*> environment;
  if (program.name.empty()) return systemError(-ENOENT, starting, "a program without a name");
  if (program.name.find('\0') != std::string::npos || !pointTo(program.arguments, arguments) ||
      (program.environment && !pointTo(*program.environment, environment))) {
    return systemError(-EINVAL, starting, program.name.substr(0, program.name.find('\0')));
  }
  const Folder folder(program.folder);
  if (folder.error() != 0) {
    return systemError(-folder.error(), "starting a program in", program.folder);
  }
  Actions actions;
  int error = folder.descriptor() < 0 ? 0 : actions.enter(folder.descriptor());
  if (error == 0) error = actions.giveStreams(program.streams);
  const Attributes attributes;
  pid_t id = 0;
  if (error == 0) {
    error = posix_spawnp(&id, program.name.c_str(), actions.get(), attributes.get(),
                         arguments.data(), program.environment ? environment.data() : environ);
  }
  if (error != 0) return systemError(-error, starting, program.name);
  return id;
}

}  // namespace troop::children
