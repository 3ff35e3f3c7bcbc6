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

// What all guests of a test program are made with.
struct Workshop {
  wasm::Engine engine{{.guestsMax = 16}};
  wasm::Imports imports{engine};
  JavaScript javaScript{engine, imports, nullptr};

  static Workshop& shared() {
    static Workshop workshop;
    return workshop;
  }
};

class JavaScriptTest : public ::testing::Test {
 protected:
  // A guest of a plugin with this text, started. "./text.js" is textInterface.
  std::unique_ptr<ScriptGuest> run(std::string_view source, ScriptGuest::Options options = {}) {
    auto guest = make(image(source), options);
    guest->start();
    return guest;
  }

  static std::unique_ptr<ScriptGuest> make(Ref<const wasm::Image> image,
                                           ScriptGuest::Options options = {}) {
    return std::make_unique<ScriptGuest>(Workshop::shared().engine, std::move(image), options);
  }

  Ref<const wasm::Image> image(std::string_view source) {
    folder.write("text.js", textInterface);
    return Workshop::shared().javaScript.compile(folder.write("plugin.js", source));
  }

  // What compiling a plugin with this text fails with.
  std::string compileError(std::string_view source, const CompileOptions& options = {}) {
    return compileErrorAt(folder.write("plugin.js", source), options);
  }
  static std::string compileErrorAt(const std::filesystem::path& entry,
                                    const CompileOptions& options = {}) {
    try {
      Workshop::shared().javaScript.compile(entry, options);
    } catch (const Error& error) {
      return error.reason();
    }
    return "it compiled";
  }

  PluginFolder folder;
};

}  // namespace troop::sandbox::js::testing
