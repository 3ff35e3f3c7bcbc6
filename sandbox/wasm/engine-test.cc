#include "sandbox/wasm/engine.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/error.h"

namespace troop::sandbox::wasm {
namespace {

std::string refusal(unsigned guestsMax) {
  try {
    Engine engine({.guestsMax = guestsMax});
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

TEST(Engine, refusesWhatNoMachineCarries) {
  EXPECT_EQ(refusal(0), "guestsMax is 0, but must be 1 to 20000");
  EXPECT_EQ(refusal(20'001), "guestsMax is 20001, but must be 1 to 20000");
}

TEST(Engine, refusesMoreMappingsThanTheKernelGives) {
  try {
    refuseTooManyMappings(10'000, 65'530);
    refuseTooManyMappings(10'239, 65'530);
    refuseTooManyMappings(10'240, 65'530);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.reason(),
              "guestsMax is 10240, but vm.max_map_count = 65530 carries at most 10239 guests; lower the one or "
              "raise the other");
  }
  EXPECT_THROW(refuseTooManyMappings(1, 100), Error);
}

TEST(Engine, hasRoomForSoManyInstancesAtOnce) {
  Engine engine({.guestsMax = 2});
  auto first = std::make_unique<Engine::Place>(engine);
  const Engine::Place second(engine);
  EXPECT_THROW(Engine::Place{engine}, Error);
  first.reset();
  EXPECT_NO_THROW(Engine::Place{engine});
}

TEST(Engine, isToldApartFromEveryOtherOne) {
  const Engine one({.guestsMax = 1}), other({.guestsMax = 1});
  EXPECT_NE(one.id(), other.id());
  EXPECT_EQ(one.fingerprint(), other.fingerprint());
}

TEST(Engine, endsWithTurnsJustOver) {
  for (int i = 0; i < 20; ++i) {
    Engine engine({.guestsMax = 1});
    const Engine::Turn turn(engine), another(engine);
  }
}

}  // namespace
}  // namespace troop::sandbox::wasm
