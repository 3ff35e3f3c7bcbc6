#include "tools/troop/schema/schema-folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "runtime/error.h"
#include "runtime/units.h"

namespace troop::schema {

namespace fs = std::filesystem;

namespace {

// Where `import "/capnp/c++.capnp"` is looked for, as the schema compiler does.
constexpr const char* standardFolders[] = {"/usr/local/include", "/usr/include"};

[[noreturn]] void refuse(std::string reason) {
  throw Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
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

bool isRegular(const Descriptor& file) {
  struct stat status{};
  return file.get() >= 0 && fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
}

// As far as it is not longer than that and a byte.
std::optional<std::string> beginningOf(const Descriptor& file, std::size_t bytesMax) {
  std::string text;
  std::array<char, 16384> part;
  while (text.size() <= bytesMax) {
    const ssize_t count =
        ::read(file.get(), part.data(), std::min(part.size(), bytesMax + 1 - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string describe(fs::file_type type, const std::error_code& error) {
  if (type == fs::file_type::directory) return "a folder, no file";
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    return "no such file";
  }
  if (error) return fmt::format("cannot be read: {}", error.message());
  return "no plain file, but a pipe or a device";
}

constexpr std::size_t mistakesToldMax = 20;

std::string told(const std::vector<std::string>& mistakes) {
  std::string lines;
  for (std::size_t i = 0; i < mistakes.size() && i < mistakesToldMax; ++i) {
    if (i != 0) lines += '\n';
    lines += mistakes[i];
  }
  if (mistakes.size() > mistakesToldMax) {
    lines += fmt::format("\nand {} more", mistakes.size() - mistakesToldMax);
  }
  return lines;
}

// "..", "../x"
bool leadsOut(const fs::path& normal) {
  return normal.empty() || normal.is_absolute() || *normal.begin() == "..";
}

}  // namespace

// One file, as the parser sees it.
class SchemaFolder::File final : public capnp::SchemaFile {
 public:
  File(SchemaFolder& folder, fs::path root, fs::path name, std::string text)
      : folder_(folder),
        root_(std::move(root)),
        name_(std::move(name)),
        text_(std::move(text)),
        shown_(folder.shownName(root_, name_)) {}

  const fs::path& root() const noexcept { return root_; }
  const fs::path& name() const noexcept { return name_; }
  const std::string& shown() const noexcept { return shown_; }

  kj::StringPtr getDisplayName() const override { return shown_.c_str(); }
  kj::Array<const char> readContent() const override {
    return kj::heapArray<const char>(text_.data(), text_.size());
  }
  kj::Maybe<kj::Own<SchemaFile>> import(kj::StringPtr path) const override {
    return folder_.import(*this, path.cStr());
  }

  bool operator==(const SchemaFile& other) const override {
    const auto* file = dynamic_cast<const File*>(&other);
    return file != nullptr && file->root_ == root_ && file->name_ == name_;
  }
  bool operator!=(const SchemaFile& other) const override { return !(*this == other); }
  std::size_t hashCode() const override { return fs::hash_value(root_ / name_); }

  void reportError(SourcePos start, SourcePos, kj::StringPtr message) const override {
    std::string what = message.cStr();
    if (!folder_.refusal_.empty()) what += "; " + std::exchange(folder_.refusal_, "");
    folder_.mistakes_.push_back(
        fmt::format("{}:{}:{}: {}", shown_, start.line + 1, start.column + 1, what));
  }

 private:
  SchemaFolder& folder_;
  const fs::path root_;
  const fs::path name_;
  const std::string text_;
  const std::string shown_;
};

SchemaFolder::SchemaFolder(const fs::path& schema) : named_(schema.parent_path()) {
  std::error_code error;
  const fs::path real = fs::canonical(schema, error);
  const auto status = error ? fs::file_status(fs::file_type::not_found) : fs::status(real, error);
  if (status.type() != fs::file_type::regular) {
    refuse(fmt::format("the schema '{}': {}", schema.native(), describe(status.type(), error)));
  }
  folder_ = real.parent_path();
  schema_ = real.filename();
}

capnp::ParsedSchema SchemaFolder::parse(const capnp::SchemaParser& parser, const fs::path& name) {
  mistakes_.clear();
  refusal_.clear();
  try {
    KJ_IF_MAYBE (file, open(folder_, name)) {
      const capnp::ParsedSchema parsed = parser.parseFile(kj::mv(*file));
      if (mistakes_.empty()) return parsed;
    } else {
      refuse(fmt::format("the schema '{}': {}", shownName(folder_, name),
                         refusal_.empty() ? "cannot be read" : refusal_));
    }
  } catch (const kj::Exception& error) {
    // What follows from a mistake that was told already says nothing more.
    if (mistakes_.empty()) {
      mistakes_.push_back(
          fmt::format("{}: {}", shownName(folder_, name), error.getDescription().cStr()));
    }
  }
  refuse("the schema is wrong: " + told(mistakes_));
}

std::optional<std::string> SchemaFolder::read(const fs::path& root, const fs::path& name) {
  const fs::path path = root / name;
  std::error_code error;
  // Looked at before it is opened, since opening a device may do something.
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!isRegular(file)) return std::nullopt;
  // The standard folders are the system's, which may have made links in them.
  const fs::path place = placeOf(file);
  if (root == folder_ && !isBelow(place, folder_)) return std::nullopt;
  auto text = beginningOf(file, schemaFileBytesMax);
  if (!text) return std::nullopt;
  if (text->size() > schemaFileBytesMax) {
    refusal_ = fmt::format("larger than {}", describeBytes(schemaFileBytesMax));
    return std::nullopt;
  }
  bytesRead_[place] = text->size();
  std::size_t all = 0;
  for (const auto& [known, bytes] : bytesRead_) all += bytes;
  if (all > schemaFilesBytesMax) {
    refusal_ = fmt::format("with it there are more than {} of schemas",
                           describeBytes(schemaFilesBytesMax));
    return std::nullopt;
  }
  return text;
}

kj::Maybe<kj::Own<capnp::SchemaFile>> SchemaFolder::open(const fs::path& root,
                                                         const fs::path& name) {
  if (auto text = read(root, name)) {
    return kj::Own<capnp::SchemaFile>(kj::heap<File>(*this, root, name, *std::move(text)));
  }
  return nullptr;
}

kj::Maybe<kj::Own<capnp::SchemaFile>> SchemaFolder::import(const File& importer,
                                                           const fs::path& path) {
  refusal_.clear();
  if (!path.is_absolute()) {
    const fs::path name = (importer.name().parent_path() / path).lexically_normal();
    if (!leadsOut(name)) return open(importer.root(), name);
    refusal_ = fmt::format(
        "it lies outside of the schema's folder, {}; bindings stand beside each other as their "
        "schemas do: put both into one folder",
        named_.empty() ? "." : named_.native());
    return nullptr;
  }
  const fs::path name = path.relative_path().lexically_normal();
  if (leadsOut(name)) return nullptr;
  for (const char* folder : standardFolders) {
    KJ_IF_MAYBE (file, open(folder, name)) {
      return kj::mv(*file);
    }
  }
  return nullptr;
}

std::string SchemaFolder::shownName(const fs::path& root, const fs::path& name) const {
  return ((root == folder_ ? named_ : root) / name).native();
}

}  // namespace troop::schema
