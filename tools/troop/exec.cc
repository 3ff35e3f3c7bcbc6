#include "tools/troop/exec.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/preload/exchange.h"
#include "tools/troop/program.h"
#include "tools/troop/streams.h"

namespace troop::command {
namespace {

namespace fs = std::filesystem;

constexpr const char* libraryName = "libtroop-preload.so";

// What this machine lacks.
struct CannotRun : std::runtime_error {
  using std::runtime_error::runtime_error;
};

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
    if (options.program.empty())
      throw WrongProgram("a program is missing: troop exec [OPTIONS] PROGRAM [ARGUMENT...]");
    if (!preload::canExchangeBases()) {
      throw CannotRun(
          "this CPU or kernel has no FSGSBASE, which pthreads that go on elsewhere need");
    }
    const fs::path path = findProgram(options.program.front());
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
