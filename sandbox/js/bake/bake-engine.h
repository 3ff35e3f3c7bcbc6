// Makes the base image of all JavaScript guests: the engine's module, with the engine started and
// the prelude evaluated in it. Runs at build time only.
//
// The result depends on the inputs alone: there is no clock and no randomness while it is made.
// Errors: throws Error with what went wrong, for mistakes in the prelude with file, line and
// column.
//
//   EngineBaker baker(reactor);
//   std::vector<std::byte> image = baker.bake({{"troop.js", source}, {"errors.js", source}});
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/ref.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::js {

// Sources by file name; the module "troop" is in troop.js, and the modules import one another as
// "./NAME".
using Prelude = std::map<std::string, std::string>;

class EngineBaker {
 public:
  // `reactor` is the engine's module; it must live as long as the baker. Compiles it, which takes
  // seconds.
  explicit EngineBaker(std::span<const std::byte> reactor);

  std::vector<std::byte> bake(const Prelude& prelude);

 private:
  std::span<const std::byte> reactor_;
  wasm::Engine engine_;
  wasm::Imports imports_;
  Ref<wasm::Module> module_;
  wasm::Prepared prepared_;
};

}  // namespace troop::sandbox::js
