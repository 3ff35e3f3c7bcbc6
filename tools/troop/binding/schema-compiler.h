// Runs the schema compiler, `capnp`, which is looked for on the PATH. It opens whatever schemas
// name, without limits: only for schemas that were read before, in a worker.
//
//   const std::string request = compileSchemas("proto", {"markdown.capnp"});
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace troop::binding {

// The code generator request for schema files, named by their places in `folder`. Throws an Error
// with what the compiler says, or that there is none.
std::string compileSchemas(const std::filesystem::path& folder,
                           const std::vector<std::filesystem::path>& files);

}  // namespace troop::binding
