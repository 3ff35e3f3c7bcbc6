// Makes the base image of all JavaScript guests: the engine's module, with the engine started and the prelude
// evaluated in it. Runs at build time only.
//
// The result depends on the inputs alone: there is no clock and no randomness while it is made.
// Errors: throws Error with what went wrong, for mistakes in the prelude with file, line and column.
//
//   std::vector<std::byte> image = bakeEngine(reactor, {{"troop.js", source}, {"errors.js", source}});
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace troop::sandbox::js {

// Sources by file name; the module "troop" is in troop.js, and the modules import one another as "./NAME".
using Prelude = std::map<std::string, std::string>;

std::vector<std::byte> bakeEngine(std::span<const std::byte> reactor, const Prelude& prelude);

}  // namespace troop::sandbox::js
