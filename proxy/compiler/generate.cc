#include "proxy/compiler/generate.h"

#include <fmt/format.h>

#include "proxy/compiler/model/diagnostics.h"
#include "proxy/compiler/model/read-model.h"

namespace troop::proxy::compiler {
namespace {

Model modelOf(capnp::schema::CodeGeneratorRequest::Reader request, SchemaSources& sources) {
  Diagnostics diagnostics(sources);
  Model model = readModel(request, diagnostics);
  if (!diagnostics.empty()) throw GenerationError(diagnostics.text());
  return model;
}

}  // namespace

std::vector<OutputFile> generate(capnp::schema::CodeGeneratorRequest::Reader request,
                                 const std::vector<Language>& languages, SchemaSources& sources) {
  const Model model = modelOf(request, sources);
  std::vector<OutputFile> outputs;
  for (const Language& language : languages) {
    for (const File* file : model.requestedFiles) {
      for (OutputFile& output : language.emit(*file)) outputs.push_back(std::move(output));
    }
  }
  return outputs;
}

std::string generateStarter(capnp::schema::CodeGeneratorRequest::Reader request,
                            const Language& language, std::string_view interface,
                            SchemaSources& sources) {
  const Model model = modelOf(request, sources);
  for (const Interface* each : model.requestedFiles.at(0)->interfaces) {
    if (each->path == interface) return language.starter(*each);
  }
  throw GenerationError(
      fmt::format("{} has no interface '{}'\n", model.requestedFiles.at(0)->path, interface));
}

}  // namespace troop::proxy::compiler
