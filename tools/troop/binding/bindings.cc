#include "tools/troop/binding/bindings.h"

#include <capnp/schema-parser.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "proxy/compiler/generate.h"
#include "runtime/error.h"
#include "sandbox/worker.h"
#include "tools/troop/binding/schema-compiler.h"
#include "tools/troop/schema/schema-folder.h"

namespace troop::binding {
namespace {

namespace compiler = proxy::compiler;
using Request = capnp::schema::CodeGeneratorRequest;
using Paths = std::vector<std::filesystem::path>;

constexpr std::size_t schemasMax = 64;

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
Paths importsOf(Request::Reader request) {
  Paths found;
  for (auto file : request.getRequestedFiles()) {
    const std::filesystem::path user = file.getFilename().cStr();
    for (auto import : file.getImports()) {
      const std::filesystem::path name = import.getName().cStr();
      if (name.is_absolute()) continue;
      found.push_back((user.parent_path() / name).lexically_normal());
    }
  }
  return found;
}

// What a worker leaves: texts, each behind its length.
class Texts {
 public:
  void add(std::string_view text) {
    const std::uint64_t size = text.size();
    append(std::as_bytes(std::span(&size, 1)));
    append(std::as_bytes(std::span(text)));
  }
  sandbox::WorkerResult take() { return std::move(bytes_); }

  static std::vector<std::string> in(std::span<const std::byte> bytes) {
    std::vector<std::string> texts;
    while (!bytes.empty()) {
      std::uint64_t size = 0;
      std::memcpy(&size, bytes.data(), sizeof(size));
      bytes = bytes.subspan(sizeof(size));
      texts.emplace_back(reinterpret_cast<const char*>(bytes.data()), size);
      bytes = bytes.subspan(size);
    }
    return texts;
  }

 private:
  void append(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  sandbox::WorkerResult bytes_;
};

// In a worker: a request for the schema, and one for each that it imports from its folder. Each
// asks for one file, so that what is written for it does not depend on who else imports it.
void readRequests(schema::SchemaFolder& folder, Texts& requests) {
  const capnp::SchemaParser parser;
  Paths names = {folder.schema()};
  for (std::size_t i = 0; i != names.size(); ++i) {
    // The schema compiler opens whatever schemas name: it is shown none that were not read here.
    folder.parse(parser, names[i]);
    const std::string request = compileSchemas(folder.folder(), {names[i]});
    RequestMessage message(request);
    for (const std::filesystem::path& import : importsOf(message.root())) {
      if (std::find(names.begin(), names.end(), import) == names.end()) names.push_back(import);
    }
    if (names.size() > schemasMax) {
      throw Error(ErrorKind::failed,
                  fmt::format("{}: needs more than {} schema files",
                              (folder.folder() / folder.schema()).native(), schemasMax));
    }
    requests.add(request);
  }
}

// Runs it in a worker; what is wrong with the schema is its error.
template <typename Work>
std::vector<std::string> inWorker(std::string_view task, const std::filesystem::path& schema,
                                  const Work& work) {
  try {
    return Texts::in(sandbox::runInWorker(task, schema::parseLimits, [&] {
      Texts texts;
      work(texts);
      return texts.take();
    }));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::failed) throw;
    throw Error(error.kind(), fmt::format("the schema '{}' {}", schema.native(), error.reason()),
                error.detail(), error.executed());
  }
}

}  // namespace

Bindings::Bindings(const std::filesystem::path& schema) : schema_(schema) {
  schema::SchemaFolder folder(schema);
  folder_ = folder.folder();
  requests_ = inWorker("read", schema_, [&](Texts& left) { readRequests(folder, left); });
}

template <typename Generate>
std::vector<std::string> Bindings::generated(const Generate& generate) const {
  return inWorker("make bindings of", schema_, [&](auto& texts) {
    compiler::SchemaSources sources({folder_});
    try {
      generate(sources, texts);
    } catch (const compiler::GenerationError& error) {
      throw Error(ErrorKind::failed, error.what());
    }
  });
}

std::vector<File> Bindings::files(std::string_view language) const {
  const std::vector<std::string> texts = generated([&](compiler::SchemaSources& sources,
                                                       auto& left) {
    for (const std::string& bytes : requests_) {
      RequestMessage request(bytes);
      for (auto& output : compiler::generate(request.root(), {languageNamed(language)}, sources)) {
        left.add(output.path);
        left.add(output.text);
      }
    }
  });
  std::vector<File> files;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) files.push_back({texts[i], texts[i + 1]});
  return files;
}

std::string Bindings::starter(std::string_view language, std::string_view interface) const {
  return generated([&](compiler::SchemaSources& sources, auto& left) {
           RequestMessage request(requests_.at(0));
           left.add(compiler::generateStarter(request.root(), languageNamed(language), interface,
                                              sources));
         })
      .at(0);
}

std::string_view bindingLanguage(std::string_view plugin) {
  return plugin == "cpp" ? "guest-cpp" : plugin;
}

}  // namespace troop::binding
