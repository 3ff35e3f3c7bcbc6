#include "tools/troop/binding/schema-compiler.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "runtime/error.h"

namespace troop::binding {
namespace {

// A file without a name, for what a program prints.
class Printed {
 public:
  Printed() : file_(memfd_create("troop-printed", MFD_CLOEXEC)) {
    if (file_ < 0) throw Error(ErrorKind::failed, "no memory for what the schema compiler says");
  }
  ~Printed() { close(file_); }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;

  int file() const { return file_; }

  std::string text() const {
    std::string text(static_cast<std::size_t>(lseek(file_, 0, SEEK_END)), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t count =
          pread(file_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      if (count <= 0) throw Error(ErrorKind::failed, "what the schema compiler says is lost");
      done += static_cast<std::size_t>(count);
    }
    return text;
  }

 private:
  const int file_;
};

// How it ended, as waitpid() tells.
int runProgram(std::vector<std::string> arguments, const Printed& output, const Printed& errors) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output.file(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.file(), STDERR_FILENO);
  pid_t process = 0;
  const int failure =
      posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT) {
    throw Error(ErrorKind::failed,
                fmt::format("there is no program '{}' on the PATH: install the schema compiler of "
                            "Cap'n Proto (Debian's package is capnproto)",
                            arguments[0]));
  }
  if (failure != 0) {
    throw Error(ErrorKind::failed,
                fmt::format("cannot start '{}': {}", arguments[0], std::strerror(failure)));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw Error(ErrorKind::failed, "lost the schema compiler");
  }
  return status;
}

// Where it could not read a file it says where in its own code it stood; of that the reason is
// left.
std::string withoutStack(std::string_view said) {
  if (said.empty()) return "the schema compiler failed";
  if (said.find("Uncaught exception") == std::string_view::npos) return std::string(said);
  constexpr std::string_view mark = "failed: ";
  const std::size_t begin = said.find(mark);
  if (begin == std::string_view::npos) return "the schema compiler failed";
  said.remove_prefix(begin + mark.size());
  return fmt::format("the schema compiler failed: {}", said.substr(0, said.find('\n')));
}

}  // namespace

std::string compileSchemas(const std::filesystem::path& folder,
                           const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> arguments = {"capnp", "compile", "-o-",
                                        "--src-prefix=" + folder.native()};
  for (const std::filesystem::path& file : files) arguments.push_back(file.native());
  const Printed output;
  const Printed errors;
  if (runProgram(std::move(arguments), output, errors) == 0) return output.text();
  std::string said = errors.text();
  while (said.ends_with('\n')) said.pop_back();
  // As it says that, nobody would understand it.
  if (said.find("break out of starting directory") != std::string::npos) {
    throw Error(ErrorKind::failed,
                fmt::format("a schema imports one that lies outside of its folder, {}; bindings "
                            "stand beside each other as their schemas do: put both into one folder",
                            folder.native()));
  }
  throw Error(ErrorKind::failed, withoutStack(said));
}

}  // namespace troop::binding
