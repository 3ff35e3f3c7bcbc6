// capnpc-troop: the plugin of `capnp compile` that writes Troop's proxies, targets and values.
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <fmt/format.h>
#include <kj/exception.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/compiler/language.h"
#include "proxy/compiler/model/diagnostics.h"
#include "proxy/compiler/model/read-model.h"
#include "proxy/compiler/model/schema-sources.h"

namespace troop::proxy::compiler {
namespace {

constexpr std::string_view programName = "capnpc-troop";

std::string help() {
  std::string text =
      "Writes Troop's proxies, targets and values for Cap'n Proto schemas. It is a plugin of the\n"
      "schema compiler, which runs it:\n"
      "\n"
      "  capnp compile -o/path/to/capnpc-troop[:OUTPUT-FOLDER] [--src-prefix=FOLDER] X.capnp...\n"
      "  capnp compile -otroop ...           where capnpc-troop is on the PATH\n"
      "\n"
      "Under the name capnpc-troop it writes all languages. Plugins get no options, so under the\n"
      "name capnpc-troop-LANGUAGE (a link to it will do) it writes that one:\n"
      "\n";
  for (const Language& language : languages()) {
    text += fmt::format("  {}-{:<11}{}\n", programName, language.name, language.outputs);
  }
  return text;
}

// Those that the name of the program asks for.
std::vector<Language> requestedLanguages(std::string_view program) {
  const std::string name = std::filesystem::path(program).filename().string();
  std::vector<Language> all(languages().begin(), languages().end());
  const std::string prefix = fmt::format("{}-", programName);
  if (!name.starts_with(prefix)) return all;
  for (const Language& language : all) {
    if (name == prefix + std::string(language.name)) return {language};
  }
  throw std::runtime_error(
      fmt::format("no language is called '{}'\n\n{}", name.substr(prefix.size()), help()));
}

void write(const OutputFile& output) {
  const std::filesystem::path path = output.path;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << output.text;
  file.close();
  if (!file) throw std::runtime_error(fmt::format("cannot write {}", output.path));
}

int run(std::string_view program) {
  const std::vector<Language> languages = requestedLanguages(program);
  capnp::ReaderOptions options;
  options.traversalLimitInWords = std::numeric_limits<std::uint64_t>::max();
  capnp::StreamFdMessageReader message(STDIN_FILENO, options);

  SchemaSources sources = SchemaSources::ofCaller();
  Diagnostics diagnostics(sources);
  const Model model =
      readModel(message.getRoot<capnp::schema::CodeGeneratorRequest>(), diagnostics);
  if (!diagnostics.empty()) {
    fmt::print(stderr, "{}", diagnostics.text());
    return 1;
  }
  // All is made before anything is written: a failure leaves no half of it.
  std::vector<OutputFile> outputs;
  for (const Language& language : languages) {
    for (const File* file : model.requestedFiles) {
      for (OutputFile& output : language.emit(*file)) outputs.push_back(std::move(output));
    }
  }
  for (const OutputFile& output : outputs) write(output);
  return 0;
}

int fail(std::string_view reason) {
  fmt::print(stderr, "{}: {}\n", programName, reason);
  return 1;
}

}  // namespace
}  // namespace troop::proxy::compiler

int main(int argc, char** argv) {
  using namespace troop::proxy::compiler;
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    fmt::print("{}", help());
    return 0;
  }
  if (argc > 1) return fail(fmt::format("takes no arguments but --help\n\n{}", help()));
  try {
    return run(argv[0]);
  } catch (const kj::Exception& exception) {
    return fail(fmt::format("the request is malformed: {}", exception.getDescription().cStr()));
  } catch (const std::exception& exception) {
    return fail(exception.what());
  }
}
