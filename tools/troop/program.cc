#include "tools/troop/program.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

namespace troop::command {
namespace {

namespace fs = std::filesystem;

template <typename... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw WrongProgram(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// Folders that the caller may not look into have nothing for him.
bool isFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool mayExecute(const fs::path& path) {
  // With the rights that the program will have.
  return faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

fs::path findInFolders(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  fs::path notExecutable;
  for (std::string folder; std::getline(folders, folder, ':');) {
    fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (!isFile(candidate)) continue;
    if (mayExecute(candidate)) return candidate;
    if (notExecutable.empty()) notExecutable = std::move(candidate);
  }
  if (!notExecutable.empty()) refuse("'{}' is not executable for you", notExecutable.string());
  refuse("there is no program '{}' in the folders of PATH", name);
}

struct stat statusOf(const fs::path& program) {
  struct stat status{};
  if (stat(program.c_str(), &status) == 0) return status;
  if (errno == ENOENT) refuse("there is no program '{}'", program.string());
  refuse("'{}' cannot be looked at: {}", program.string(), std::strerror(errno));
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

// The loader that it asks for, which then loads what the environment says.
std::optional<std::string> loaderOf(std::ifstream& file, const Elf64_Ehdr& header) {
  for (unsigned index = 0; index < header.e_phnum; ++index) {
    Elf64_Phdr part;
    file.seekg(static_cast<std::streamoff>(header.e_phoff + index * sizeof(part)));
    if (!file.read(reinterpret_cast<char*>(&part), sizeof(part))) return {};
    if (part.p_type != PT_INTERP) continue;
    constexpr Elf64_Xword pathMax = 4096;  // of Linux, with the zero at its end
    if (part.p_filesz > pathMax) return {};
    std::string loader(part.p_filesz, '\0');
    file.seekg(static_cast<std::streamoff>(part.p_offset));
    if (!file.read(loader.data(), static_cast<std::streamsize>(loader.size()))) return {};
    return loader.c_str();
  }
  return {};
}

void checkHeader(const fs::path& program, const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] == ELFCLASS32) {
    refuse("'{}' is a program of 32 bits: the library is for those of 64", program.string());
  }
  if (header.e_machine != EM_X86_64) {
    refuse("'{}' is no program for x86-64: its machine is number {} of ELF", program.string(),
           header.e_machine);
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    refuse("'{}' is an ELF file, but no program", program.string());
  }
}

void checkLoader(const fs::path& program, const std::optional<std::string>& loader) {
  constexpr std::string_view known = "ld-linux-x86-64.so.2";
  if (!loader) {
    refuse("'{}' is linked statically: nothing can be loaded into it", program.string());
  }
  if (fs::path(*loader).filename() != known) {
    refuse("'{}' is for the loader '{}', and not for that of glibc ({})", program.string(), *loader,
           known);
  }
  if (!isFile(*loader))
    refuse("'{}' is for a loader that is not there: {}", program.string(), *loader);
}

void checkFile(const fs::path& program, int scripts) {
  constexpr int scriptsMax = 4;  // as Linux has it, of those that scripts are run by
  const struct stat status = statusOf(program);
  if (S_ISDIR(status.st_mode)) refuse("'{}' is a folder, and no program", program.string());
  if (!S_ISREG(status.st_mode)) refuse("'{}' is no file, and no program", program.string());
  if (!mayExecute(program)) refuse("'{}' is not executable for you", program.string());
  std::ifstream file(program, std::ios::binary);
  if (!file) {
    refuse("'{}' cannot be read: whether the library can be loaded into it is not known",
           program.string());
  }
  std::string beginning(256, '\0');
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(file.gcount()));
  file.clear();
  if (const std::optional<std::string> interpreter = interpreterOf(beginning)) {
    if (scripts == scriptsMax) {
      refuse("'{}' is run by a script that is run by a script, and so on", program.string());
    }
    if (!isFile(*interpreter)) {
      refuse("'{}' is a script for '{}', which is not there", program.string(), *interpreter);
    }
    return checkFile(*interpreter, scripts + 1);
  }
  Elf64_Ehdr header{};
  if (beginning.size() >= sizeof(header)) std::memcpy(&header, beginning.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    refuse(
        "'{}' is neither a program for x86-64 (ELF) nor a script that names its interpreter (#!)",
        program.string());
  }
  checkHeader(program, header);
  checkLoader(program, loaderOf(file, header));
  // Scripts get none, whatever their mode says.
  if (getsRights(program, status)) {
    refuse(
        "'{}' runs with rights of its own (setuid, setgid or capabilities): nothing can be "
        "loaded into it",
        program.string());
  }
}

}  // namespace

fs::path findProgram(const std::string& name) {
  if (name.empty()) refuse("the name of the program is empty");
  return name.find('/') == std::string::npos ? findInFolders(name) : fs::path(name);
}

void checkProgram(const fs::path& program) {
  checkFile(program, 0);
}

}  // namespace troop::command
