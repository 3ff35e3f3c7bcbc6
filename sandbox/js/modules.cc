#include "sandbox/js/modules.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace troop::sandbox::js {

namespace fs = std::filesystem;

namespace {

using File = ModuleFiles::File;

// Where a specifier stands this often and is not imported, no place is told: who wrote the module
// chose how long looking takes.
constexpr int candidatesMax = 1000;

// What find() puts the position in front of.
[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

[[noreturn]] void cannotFind(std::string_view specifier) {
  refuse("cannot find module " + quoted(specifier));
}

// Whether the path has empty or dot segments, which a package's name or a path into it must not
// have.
bool hasOddSegments(std::string_view path) {
  for (;;) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment.empty() || segment == "." || segment == "..") return true;
    if (end == path.size()) return false;
    path.remove_prefix(end + 1);
  }
}

bool isRelative(std::string_view specifier) {
  return specifier == "." || specifier == ".." || specifier.starts_with("./") ||
         specifier.starts_with("../");
}

// A package's name, with the scope if it has one, and what follows it: "@a/b/c" is {"@a/b", "./c"},
// "a" is {"a", "."}.
struct PackagePath {
  std::string_view name;
  std::string subpath;
};

std::optional<PackagePath> splitPackagePath(std::string_view specifier) {
  if (hasOddSegments(specifier) || specifier.find_first_of("\\%") != std::string_view::npos)
    return std::nullopt;
  std::size_t end = specifier.find('/');
  if (specifier.starts_with('@')) {
    if (end == std::string_view::npos) return std::nullopt;
    end = specifier.find('/', end + 1);
  }
  const std::string_view name = specifier.substr(0, end);
  return PackagePath{
      name, end == std::string_view::npos ? "." : "." + std::string(specifier.substr(end))};
}

bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

// Whether `word` stands at `at` by itself: no part of a longer one, no member of something.
bool isWordAt(std::string_view text, std::size_t at, std::string_view word) {
  const std::size_t end = at + word.size();
  const bool begins = at == 0 || (!isWordCharacter(text[at - 1]) && text[at - 1] != '.');
  return begins && (end == text.size() || !isWordCharacter(text[end]));
}

bool hasWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (isWordAt(text, at, word)) return true;
  }
  return false;
}

// Whether a module exports in CommonJS's way and in no other. It would fail where it first uses
// what it lacks.
bool looksLikeCommonJs(std::string_view text) {
  return (hasWord(text, "module.exports") || hasWord(text, "exports") ||
          hasWord(text, "require")) &&
         !hasWord(text, "export") && !hasWord(text, "import");
}

// The end of what precedes `at`, without white space.
std::size_t endBefore(std::string_view text, std::size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t' || text[at - 1] == '\n' ||
                    text[at - 1] == '\r'))
    --at;
  return at;
}

bool endsWithWord(std::string_view text, std::size_t end, std::string_view word) {
  return end >= word.size() && text.substr(end - word.size(), word.size()) == word &&
         isWordAt(text.substr(0, end), end - word.size(), word);
}

// Where the statement begins whose `from` or `import` ends at `end`.
std::size_t statementBegin(std::string_view text, std::size_t end) {
  std::size_t begin = 0;
  for (const std::string_view word : {"import", "export"}) {
    for (std::size_t at = text.rfind(word, end); at != std::string_view::npos && at > 0;
         at = text.rfind(word, at - 1)) {
      if (!isWordAt(text, at, word)) continue;
      begin = std::max(begin, at);
      break;
    }
  }
  return begin;
}

Position positionAt(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t lineBegin = before.rfind('\n') + 1;  // 0 where there is none
  const auto isCharacterBegin = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  };
  return {
      static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
      static_cast<std::size_t>(std::ranges::count_if(before.substr(lineBegin), isCharacterBegin)) +
          1};
}

}  // namespace

std::optional<Position> positionOfImport(std::string_view text, std::string_view specifier) {
  std::size_t first = text.size();
  for (const char quote : {'"', '\''}) {
    const std::string written = quote + std::string(specifier) + quote;
    std::size_t at = 0;
    for (int left = candidatesMax; left != 0; --left) {
      // In linear time, unlike std::string_view's.
      const void* found =
          memmem(text.data() + at, text.size() - at, written.data(), written.size());
      if (found == nullptr) break;
      at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
      const std::size_t wordEnd = endBefore(text, at);
      if (endsWithWord(text, wordEnd, "from") || endsWithWord(text, wordEnd, "import")) {
        first = std::min(first, statementBegin(text, wordEnd));
        break;
      }
      ++at;
    }
  }
  if (first == text.size()) return std::nullopt;
  return positionAt(text, first);
}

Modules::Modules(const fs::path& entry, const fs::path& root) : files_(entry, root) {}

Expected<Modules::Source> Modules::entry() try {
  std::optional<File> file = files_.read(files_.entry());
  if (!file) refuse(files_.nameOf(files_.entry()) + ": cannot be read");
  return keep(*std::move(file));
} catch (const Error& error) {
  return error;
}

Modules::Source Modules::keep(File file) {
  std::string name = files_.nameOf(file.path);
  // The engine has modules of its own by these names.
  if (name == "troop" || name.starts_with("troop:")) name.insert(0, "./");
  const auto [module, isNew] =
      modules_.try_emplace(std::move(name), Module{std::move(file.path), std::move(file.text)});
  if (isNew && modules_.size() > modulesMax) {
    modules_.erase(module);
    refuse("the plugin has more than " + std::to_string(modulesMax) + " modules");
  }
  return {module->first, module->second.text};
}

Expected<Modules::Source> Modules::find(std::string_view specifier, std::string_view referrer) {
  const auto module = modules_.find(referrer);
  if (module == modules_.end()) {
    return Error(ErrorKind::failed, "there is no module " + quoted(referrer), ErrorDetail::none,
                 Executed::no);
  }
  if (specifier.size() > specifierBytesMax) {
    return Error(ErrorKind::failed,
                 std::string(referrer) + ": imports a module by a name of " +
                     std::to_string(specifier.size()) + " bytes; at most " +
                     std::to_string(specifierBytesMax) + " are looked for",
                 ErrorDetail::none, Executed::no);
  }
  try {
    return keep(resolve(specifier, module->second));
  } catch (const Error& error) {
    std::string where(referrer);
    if (const auto position = positionOfImport(module->second.text, specifier)) {
      where += ":" + std::to_string(position->line) + ":" + std::to_string(position->column);
    }
    return Error(error.kind(), where + ": " + error.reason(), error.detail(), error.executed());
  }
}

File Modules::resolve(std::string_view specifier, const Module& referrer) {
  if (specifier.empty() || specifier.find('\0') != std::string_view::npos) cannotFind(specifier);
  const fs::path folder = referrer.path.parent_path();
  if (isRelative(specifier)) {
    const fs::path path = folder / specifier;
    if (!files_.mayBe(path))
      refuse("module " + quoted(specifier) + " lies outside of what the plugin may import");
    return fileAt(path, specifier);
  }
  if (specifier.starts_with('#')) return internal(specifier, folder);
  if (specifier.starts_with('/') || specifier.find(':') != std::string_view::npos) {
    refuse("cannot import " + quoted(specifier) +
           ": a plugin has its own files, packages, and the module \"troop\"");
  }
  return inPackages(specifier, folder);
}

std::optional<File> Modules::fileOrFolderAt(const fs::path& path) {
  for (const char* ending : {"", ".js", ".mjs", "/index.js", "/index.mjs"}) {
    fs::path candidate = path;
    candidate += ending;
    if (auto file = files_.read(candidate)) return file;
  }
  return std::nullopt;
}

File Modules::fileAt(const fs::path& path, std::string_view specifier) {
  if (auto file = fileOrFolderAt(path)) return *std::move(file);
  cannotFind(specifier);
}

File Modules::inPackages(std::string_view specifier, const fs::path& folder) {
  const auto path = splitPackagePath(specifier);
  if (!path) refuse(quoted(specifier) + " is no name of a package");
  // A package may call itself by its name, as others do.
  if (const auto own = files_.enclosingPackage(folder)) {
    const Package* package = packageAt(*own);
    if (package != nullptr && package->name() == path->name && package->hasExports()) {
      return inPackage(*own, path->subpath, specifier);
    }
  }
  const auto found = files_.packageFolder(folder, path->name);
  if (!found) refuse("cannot find package " + quoted(path->name) + " in a node_modules folder");
  File file = inPackage(*found, path->subpath, specifier);
  refuseCommonJs(file, specifier);
  return file;
}

File Modules::internal(std::string_view specifier, const fs::path& folder) {
  const auto own = files_.enclosingPackage(folder);
  const Package* package = own ? packageAt(*own) : nullptr;
  const auto target = package != nullptr ? package->imported(specifier) : std::nullopt;
  if (!target) refuse("no package.json says what " + quoted(specifier) + " is");
  if (isRelative(*target)) return fileAt(*own / *target, specifier);
  return inPackages(*target, folder);
}

File Modules::inPackage(const fs::path& folder, std::string_view subpath,
                        std::string_view specifier) {
  const Package* package = packageAt(folder);
  if (package != nullptr && package->hasExports()) {
    const auto target = package->exported(subpath);
    if (!target || !isRelative(*target)) {
      refuse("the package does not export " + quoted(specifier) + " (" +
             files_.nameOf(folder / "package.json") + ")");
    }
    return fileAt(folder / *target, specifier);
  }
  if (subpath != ".") return fileAt(folder / subpath, specifier);
  for (const std::string& main :
       package != nullptr ? package->mainFiles() : std::vector<std::string>{"index.js"}) {
    if (auto file = fileOrFolderAt(folder / fs::path(main).relative_path()))
      return *std::move(file);
  }
  cannotFind(specifier);
}

const Package* Modules::packageAt(const fs::path& folder) {
  auto known = packages_.find(folder);
  if (known == packages_.end()) {
    const fs::path path = folder / "package.json";
    std::optional<Package> package;
    if (const auto file = files_.read(path)) package.emplace(file->text, files_.nameOf(path));
    known = packages_.emplace(folder, std::move(package)).first;
  }
  return known->second ? &*known->second : nullptr;
}

void Modules::refuseCommonJs(const File& file, std::string_view specifier) {
  const std::string extension = file.path.extension().string();
  if (extension == ".cjs" || (extension == ".js" && looksLikeCommonJs(file.text))) {
    refuse(quoted(specifier) + " is a CommonJS module (" + files_.nameOf(file.path) +
           "); a plugin imports ES modules");
  }
}

}  // namespace troop::sandbox::js
