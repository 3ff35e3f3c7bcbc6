// The engine of JavaScript guests for tests, compiled once for all tests of a program.
//
//   class Limits : public JavaScriptTest {};
//   TEST_F(Limits, ...) { ScriptGuest guest = run("console.log(1)"); }
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/error.h"
#include "sandbox/js/javascript.h"
#include "sandbox/js/testing/plugin-folder.h"
#include "sandbox/js/testing/script-guest.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/imports.h"

namespace troop::sandbox::js::testing {

class JavaScriptTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    engine = std::make_unique<wasm::Engine>(wasm::Engine::Options{.guestsMax = 8});
    imports = std::make_unique<wasm::Imports>(*engine);
    javaScript = std::make_unique<JavaScript>(*engine, *imports, nullptr);
  }
  static void TearDownTestSuite() {
    javaScript.reset();
    imports.reset();
    engine.reset();
  }

  // A guest of a plugin with this text, started. "./text.js" is textInterface.
  std::unique_ptr<ScriptGuest> run(std::string_view source, ScriptGuest::Options options = {}) {
    auto guest = std::make_unique<ScriptGuest>(*engine, image(source), options);
    guest->start();
    return guest;
  }

  Ref<const wasm::Image> image(std::string_view source) {
    folder.write("text.js", textInterface);
    return javaScript->compile(folder.write("plugin.js", source));
  }

  // What compiling a plugin with this text fails with.
  std::string compileError(std::string_view source, const CompileOptions& options = {}) {
    return compileErrorAt(folder.write("plugin.js", source), options);
  }
  static std::string compileErrorAt(const std::filesystem::path& entry, const CompileOptions& options = {}) {
    try {
      javaScript->compile(entry, options);
    } catch (const Error& error) {
      return error.reason();
    }
    return "it compiled";
  }

  PluginFolder folder;

  static inline std::unique_ptr<wasm::Engine> engine;
  static inline std::unique_ptr<wasm::Imports> imports;
  static inline std::unique_ptr<JavaScript> javaScript;
};

}  // namespace troop::sandbox::js::testing
