// JavaScript makes images of plugins written in JavaScript: an ES module with all that it imports,
// compiled into the engine that every JavaScript guest begins with. Nothing of the plugin is
// evaluated before a guest starts.
//
// Ownership: the Host; needs its Engine and Imports, and is gone before them. Threads: any, several
// at once. Limits: CompileOptions; two of the Engine's guests while an image is made. Errors: the
// constructor and compile() throw Error: failed with file, line and column for what is wrong with
// the plugin, overloaded where a limit was reached.
//
//   JavaScript javaScript(engine, imports, &cache);
//   Ref<const wasm::Image> image = javaScript.compile("plugin.js");
#pragma once

#include <cstddef>
#include <filesystem>

#include "runtime/ref.h"
#include "runtime/time.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/image.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::js {

struct CompileOptions {
  // Where looking for packages in node_modules folders ends; a folder around the plugin. Empty: the
  // plugin's own folder.
  std::filesystem::path root;
  std::size_t memoryBytesMax = std::size_t{256} << 20;
  Duration timeMax = 10s;
};

class JavaScript {
 public:
  // Compiles the engine, which takes about a second, or a millisecond when `cache` has it; there
  // may be none.
  JavaScript(wasm::Engine& engine, const wasm::Imports& imports, wasm::CompileCache* cache);

  // `entry` is the plugin's main file. Errors call modules by their paths seen from its folder.
  Ref<const wasm::Image> compile(const std::filesystem::path& entry,
                                 const CompileOptions& options = {}) const;

 private:
  wasm::Engine& engine_;
  const wasm::Imports& imports_;
  Ref<const wasm::Module> module_;
  wasm::Prepared prepared_;
};

}  // namespace troop::sandbox::js
