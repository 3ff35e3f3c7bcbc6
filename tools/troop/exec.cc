#include "tools/troop/exec.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "runtime/preload/exchange.h"
#include "tools/troop/streams.h"

namespace troop::command {
namespace {

namespace fs = std::filesystem;

constexpr const char* libraryName = "libtroop-preload.so";

// What the caller could have known before.
struct WrongProgram : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// What this machine lacks.
struct CannotRun : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// As a shell finds it.
fs::path find(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (!fs::exists(name)) throw WrongProgram(fmt::format("there is no program '{}'", name));
    return name;
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (fs::is_regular_file(candidate) && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw WrongProgram(fmt::format("there is no program '{}' in the folders of PATH", name));
}

// The loader leaves out what the caller wants to have loaded, where the program gets rights that
// the caller has not.
bool getsRights(const fs::path& program, const struct stat& status) {
  if ((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) return true;
  if ((status.st_mode & S_ISGID) != 0 && status.st_gid != getgid()) return true;
  return getxattr(program.c_str(), "security.capability", nullptr, 0) > 0;
}

// The interpreter that a script names in its first line.
std::optional<std::string> interpreterOf(const std::string& beginning) {
  if (!beginning.starts_with("#!")) return {};
  std::istringstream line(beginning.substr(2, beginning.find('\n') - 2));
  std::string interpreter;
  line >> interpreter;
  return interpreter;
}

// Whether it asks for a loader, which then loads what the environment says.
bool isDynamic(std::ifstream& file, const Elf64_Ehdr& header) {
  for (unsigned index = 0; index < header.e_phnum; ++index) {
    Elf64_Phdr part;
    file.seekg(static_cast<std::streamoff>(header.e_phoff + index * sizeof(part)));
    if (!file.read(reinterpret_cast<char*>(&part), sizeof(part))) return false;
    if (part.p_type == PT_INTERP) return true;
  }
  return false;
}

void checkFormat(const fs::path& program, int scripts) {
  constexpr int scriptsMax = 4;  // as Linux has it, of those that scripts are run by
  std::ifstream file(program, std::ios::binary);
  std::string beginning(256, '\0');
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(file.gcount()));
  file.clear();
  if (const std::optional<std::string> interpreter = interpreterOf(beginning)) {
    if (scripts == scriptsMax || !fs::exists(*interpreter)) {
      throw WrongProgram(fmt::format("'{}' is a script for '{}', which is not there",
                                     program.string(), *interpreter));
    }
    return checkFormat(*interpreter, scripts + 1);
  }
  Elf64_Ehdr header{};
  if (beginning.size() >= sizeof(header)) std::memcpy(&header, beginning.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_machine != EM_X86_64) {
    throw WrongProgram(fmt::format("'{}' is no program for x86-64", program.string()));
  }
  if (!isDynamic(file, header)) {
    throw WrongProgram(
        fmt::format("'{}' is linked statically: nothing can be loaded into it", program.string()));
  }
}

void checkProgram(const fs::path& program) {
  struct stat status{};
  if (stat(program.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      access(program.c_str(), X_OK) != 0) {
    throw WrongProgram(fmt::format("'{}' cannot be run", program.string()));
  }
  checkFormat(program, 0);
  if (getsRights(program, status)) {
    throw WrongProgram(
        fmt::format("'{}' runs with rights of its own (setuid, setgid or "
                    "capabilities): nothing can be loaded into it",
                    program.string()));
  }
}

// Beside this program, where it is installed; else where the build puts it.
fs::path library() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  const std::array<fs::path, 3> places{folder, folder / "../lib", folder / "../../runtime/preload"};
  for (const fs::path& place : places) {
    if (fs::exists(place / libraryName)) return fs::canonical(place / libraryName);
  }
  throw CannotRun(fmt::format("{} is neither in {} nor in the folder lib beside that", libraryName,
                              folder.string()));
}

void setEnvironment(const ExecOptions& options) {
  std::string loaded = library();
  if (loaded.find_first_of(": ") != std::string::npos) {
    throw CannotRun(fmt::format("the loader takes no path with a space or colon: {}", loaded));
  }
  const char* others = std::getenv("LD_PRELOAD");
  if (others != nullptr && *others != '\0') loaded += std::string(":") + others;
  setenv("LD_PRELOAD", loaded.c_str(), 1);
  if (options.carriers != 0) {
    setenv("TROOP_EXEC_CARRIERS", std::to_string(options.carriers).c_str(), 1);
  }
}

[[noreturn]] void become(const fs::path& path, const std::vector<std::string>& program) {
  std::vector<char*> arguments;
  for (const std::string& argument : program) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execv(path.c_str(), arguments.data());
  throw CannotRun(fmt::format("'{}' cannot be started: {}", path.string(), std::strerror(errno)));
}

}  // namespace

ExitCode exec(const ExecOptions& options) {
  try {
    if (options.program.empty()) throw WrongProgram("a program is missing");
    if (!preload::canExchangeBases()) {
      throw CannotRun(
          "this CPU or kernel has no FSGSBASE, which pthreads that go on elsewhere need");
    }
    const fs::path path = find(options.program.front());
    checkProgram(path);
    setEnvironment(options);
    become(path, options.program);
  } catch (const WrongProgram& wrong) {
    printError(fmt::format("troop: {}\nRun with --help for more information.\n", wrong.what()));
    return ExitCode::usageWrong;
  } catch (const CannotRun& cannot) {
    printError(fmt::format("error: {}\n", cannot.what()));
    return ExitCode::hostFailed;
  }
}

}  // namespace troop::command
