#include "sandbox/testing/wat-guests.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sandbox/testing/talking-guests.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::testing {
namespace {

TEST(WatGuests, areModulesThatTheAbiAdmits) {
  wasm::Engine engine({.guestsMax = 1});
  for (const WatGuest* guest : {&echo, &spinner, &silent, &relay, &factory}) {
    const Ref<wasm::Module> module =
        wasm::Module::compile(engine, "guest", wasm::binaryOfText("guest.wat", wat(*guest)));
    EXPECT_EQ(module->memoryBytesMin(), guest->pages * wasm::pageBytes);
  }
}

TEST(TemporaryFolder, goesWithAllThatIsInIt) {
  std::filesystem::path file;
  {
    const TemporaryFolder folder;
    file = folder.write("a", "b");
    EXPECT_TRUE(std::filesystem::exists(file));
  }
  EXPECT_FALSE(std::filesystem::exists(file.parent_path()));
}

}  // namespace
}  // namespace troop::sandbox::testing
