#include "sandbox/wasm/fuzz/module-maker.h"

#include <gtest/gtest.h>

#include "sandbox/wasm/engine.h"

namespace troop::sandbox::wasm {
namespace {

TEST(ModuleMaker, makesWhatTheEngineTakesAsValid) {
  const Engine engine({.guestsMax = 1});
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::vector<std::uint8_t> bytes = tests::bytesOfSeed(seed, 10 * seed);
    tests::Choices choices(bytes);
    const std::vector<std::byte> code = makeModule(choices);
    wasmtime_error_t* error = wasmtime_module_validate(
        engine.get(), reinterpret_cast<const std::uint8_t*>(code.data()), code.size());
    EXPECT_EQ(error, nullptr) << "seed " << seed << ": " << takeCause(error);
  }
}

}  // namespace
}  // namespace troop::sandbox::wasm
