#include "tools/troop/binding/bindings.h"

#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>

#include "proxy/compiler/generate.h"
#include "runtime/error.h"
#include "tools/troop/binding/schema-compiler.h"
#include "tools/troop/binding/text-file.h"

namespace troop::binding {
namespace {

namespace compiler = proxy::compiler;
using Request = capnp::schema::CodeGeneratorRequest;
using Paths = std::vector<std::filesystem::path>;

constexpr std::size_t schemasMax = 64;
constexpr std::size_t schemaBytesMax = 1 << 20;

// A request in words, as Cap'n Proto wants it.
class RequestMessage {
 public:
  explicit RequestMessage(const std::string& bytes)
      : words_(kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word))),
        message_((std::memcpy(words_.begin(), bytes.data(), words_.size() * sizeof(capnp::word)),
                  words_),
                 {.traversalLimitInWords = std::numeric_limits<std::uint64_t>::max(),
                  .nestingLimit = 64}) {}

  Request::Reader root() { return message_.getRoot<Request>(); }

 private:
  kj::Array<capnp::word> words_;
  capnp::FlatArrayMessageReader message_;
};

const compiler::Language& languageNamed(std::string_view name) {
  const auto all = compiler::languages();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& language) { return language.name == name; });
  if (found == all.end()) {
    throw Error(ErrorKind::failed, fmt::format("no language is called '{}'", name));
  }
  return *found;
}

// Schemas that others import by a path from their own folder. Those that are found on the
// compiler's own path, like c++.capnp, are not among them: nothing is written for these.
Paths importsOf(Request::Reader request, const std::filesystem::path& folder) {
  Paths found;
  for (auto file : request.getRequestedFiles()) {
    const std::filesystem::path user = file.getFilename().cStr();
    for (auto import : file.getImports()) {
      const std::filesystem::path name = import.getName().cStr();
      if (name.is_absolute()) continue;
      const std::filesystem::path place = (user.parent_path() / name).lexically_normal();
      found.push_back(folder / place);
    }
  }
  return found;
}

std::filesystem::path folderOf(const std::filesystem::path& schema) {
  return schema.has_parent_path() ? schema.parent_path() : std::filesystem::path(".");
}

}  // namespace

Bindings::Bindings(const std::filesystem::path& schema) : schema_(schema) {
  const Expected<std::string> text = readTextFile(schema, schemaBytesMax);
  if (text.failed()) {
    throw Error(ErrorKind::failed,
                fmt::format("the schema '{}': {}", schema.native(), text.error().reason()));
  }
  const std::filesystem::path folder = folderOf(schema);
  Paths files = {folder / schema.filename()};
  for (std::size_t known = 0; known != files.size();) {
    known = files.size();
    request_ = compileSchemas(folder, files);
    RequestMessage request(request_);
    for (const std::filesystem::path& import : importsOf(request.root(), folder)) {
      if (std::find(files.begin(), files.end(), import) == files.end()) files.push_back(import);
    }
    if (files.size() > schemasMax) {
      throw Error(ErrorKind::failed,
                  fmt::format("{}: needs more than {} schema files", schema.native(), schemasMax));
    }
  }
}

std::vector<File> Bindings::files(std::string_view language) const {
  RequestMessage request(request_);
  compiler::SchemaSources sources({folderOf(schema_)});
  try {
    std::vector<File> files;
    for (auto& output : compiler::generate(request.root(), {languageNamed(language)}, sources)) {
      files.push_back({std::move(output.path), std::move(output.text)});
    }
    return files;
  } catch (const compiler::GenerationError& error) {
    throw Error(ErrorKind::failed, error.what());
  }
}

std::string Bindings::starter(std::string_view language, std::string_view interface) const {
  RequestMessage request(request_);
  compiler::SchemaSources sources({folderOf(schema_)});
  try {
    return compiler::generateStarter(request.root(), languageNamed(language), interface, sources);
  } catch (const compiler::GenerationError& error) {
    throw Error(ErrorKind::failed, error.what());
  }
}

std::string_view bindingLanguage(std::string_view plugin) {
  return plugin == "cpp" ? "guest-cpp" : plugin;
}

}  // namespace troop::binding
