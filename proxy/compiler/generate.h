// Code for schema files, from what the schema compiler says of them (`capnp compile -o-`): what
// capnpc-troop does as its plugin, for programs that do it themselves.
//
// Ownership: what it returns refers to nothing. Threads: one. Errors: GenerationError, with a line
// for each thing that schemas say and code cannot.
//
//   const Language& js = *findLanguage("js");
//   for (const OutputFile& file : generate(request, {js}, sources)) write(file);
#pragma once

#include <capnp/schema.capnp.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/compiler/language.h"
#include "proxy/compiler/model/schema-sources.h"
#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {

class GenerationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All files of the request, in each of the languages.
std::vector<OutputFile> generate(capnp::schema::CodeGeneratorRequest::Reader request,
                                 const std::vector<Language>& languages, SchemaSources& sources);

// The text of a plugin that serves an interface, "Outer.Inner", of the request's first file: each
// method answers the defaults of its results.
std::string generateStarter(capnp::schema::CodeGeneratorRequest::Reader request,
                            const Language& language, std::string_view interface,
                            SchemaSources& sources);

}  // namespace troop::proxy::compiler
