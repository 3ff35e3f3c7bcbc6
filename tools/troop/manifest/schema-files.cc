#include "tools/troop/manifest/schema-files.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "tools/troop/binding/text-file.h"
#include "tools/troop/manifest/problems.h"

namespace troop::manifest {
namespace {

constexpr std::size_t schemaBytesMax = 1 << 20;
constexpr std::size_t mistakesToldMax = 20;

// Where `import "/capnp/c++.capnp"` is looked for, as the capnp tool does.
constexpr const char* importFolders[] = {"/usr/local/include", "/usr/include"};

using Mistakes = std::vector<std::string>;

// A schema file, for the parser. Its text is read before the parser asks for it, so that what
// cannot be read is an import that fails, in a place of its own.
class TextOfSchema final : public capnp::SchemaFile {
 public:
  TextOfSchema(std::filesystem::path path, std::string text, std::shared_ptr<Mistakes> mistakes)
      : path_(std::move(path)), text_(std::move(text)), mistakes_(std::move(mistakes)) {}

  kj::StringPtr getDisplayName() const override { return path_.c_str(); }

  kj::Array<const char> readContent() const override {
    return kj::heapArray<char>(text_.data(), text_.size());
  }

  kj::Maybe<kj::Own<SchemaFile>> import(kj::StringPtr path) const override {
    const std::string_view name = path.cStr();
    if (!name.starts_with('/')) return opened(path_.parent_path() / name);
    for (const char* folder : importFolders) {
      auto file = opened(std::filesystem::path(folder) / name.substr(1));
      if (file != nullptr) return file;
    }
    return nullptr;
  }

  bool operator==(const SchemaFile& other) const override {
    return identity() == static_cast<const TextOfSchema&>(other).identity();
  }
  bool operator!=(const SchemaFile& other) const override { return !(*this == other); }
  std::size_t hashCode() const override { return std::hash<std::string>{}(identity().native()); }

  void reportError(SourcePos start, SourcePos /*end*/, kj::StringPtr message) const override {
    mistakes_->push_back(fmt::format("{}:{}:{}: {}", path_.native(), start.line + 1,
                                     start.column + 1, message.cStr()));
  }

 private:
  std::filesystem::path identity() const {
    return std::filesystem::absolute(path_).lexically_normal();
  }

  kj::Maybe<kj::Own<SchemaFile>> opened(const std::filesystem::path& path) const {
    Expected<std::string> text = binding::readTextFile(path, schemaBytesMax);
    if (text.failed()) return nullptr;
    return kj::Own<SchemaFile>(
        kj::heap<TextOfSchema>(path.lexically_normal(), std::move(text).value(), mistakes_));
  }

  const std::filesystem::path path_;
  const std::string text_;
  const std::shared_ptr<Mistakes> mistakes_;
};

Error wrong(std::string reason) {
  return Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
}

std::string told(const Mistakes& mistakes) {
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

}  // namespace

SchemaFiles::SchemaFiles() {
  parsers_.push_back(std::make_unique<capnp::SchemaParser>());
}

Expected<capnp::ParsedSchema> SchemaFiles::parse(const std::filesystem::path& file) {
  Expected<std::string> text = binding::readTextFile(file, schemaBytesMax);
  if (text.failed()) {
    return wrong(fmt::format("the schema {}: {}", shown(file.native()), text.error().reason()));
  }
  auto mistakes = std::make_shared<Mistakes>();
  try {
    const capnp::ParsedSchema parsed =
        parsers_.back()->parseFile(kj::heap<TextOfSchema>(file, std::move(text).value(), mistakes));
    if (mistakes->empty()) return parsed;
  } catch (const kj::Exception& error) {
    // What follows from a mistake that was told already says nothing more.
    if (mistakes->empty()) {
      mistakes->push_back(fmt::format("{}: {}", file.native(), error.getDescription().cStr()));
    }
  }
  parsers_.push_back(std::make_unique<capnp::SchemaParser>());
  return wrong("the schema is wrong: " + told(*mistakes));
}

}  // namespace troop::manifest
