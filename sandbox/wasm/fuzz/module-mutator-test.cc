#include "sandbox/wasm/fuzz/module-mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "sandbox/wasm/binary.h"

// In the fuzzer's place: puts one byte in front.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t count,
                                        std::size_t countMax) {
  if (count == countMax) return count;
  std::memmove(bytes + 1, bytes, count);
  bytes[0] = 0x2a;
  return count + 1;
}

namespace troop::sandbox::wasm {
namespace {

std::vector<std::byte> mutated(std::span<const std::byte> module, unsigned seed,
                               std::size_t countMax = 1000) {
  std::vector<std::byte> bytes(std::max(module.size(), countMax));
  std::ranges::copy(module, bytes.begin());
  bytes.resize(
      mutateModule(reinterpret_cast<std::uint8_t*>(bytes.data()), module.size(), countMax, seed));
  return bytes;
}

std::vector<std::byte> module() {
  BinaryWriter code;
  code.unsigned32(2);
  code.sized(std::array{std::byte{0}, std::byte{0x0b}});
  code.sized(std::array{std::byte{0}, std::byte{1}, std::byte{0x0b}});
  BinaryWriter out;
  out.append({0, 'a', 's', 'm', 1, 0, 0, 0});
  out.section(3, std::array{std::byte{2}, std::byte{0}, std::byte{0}});
  out.section(10, code.bytes());
  return std::move(out).take();
}

// How many of the results have sections that end where the module ends.
TEST(ModuleMutator, mendsTheSizesOfWhatItChanges) {
  int whole = 0, functions = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const std::vector<std::byte> result = mutated(module(), seed);
    ASSERT_NE(result, module());
    BinaryReader in(std::span(result).subspan(8));
    if (result.front() != std::byte{0}) continue;
    EXPECT_EQ(in.byte(), 3);
    in.take(in.unsigned32());
    EXPECT_EQ(in.byte(), 10);
    BinaryReader code(in.take(in.unsigned32()));
    EXPECT_TRUE(in.atEnd());
    ++whole;
    if (code.unsigned32() != 2) continue;
    code.take(code.unsigned32());
    code.take(code.unsigned32());
    if (code.atEnd()) ++functions;
  }
  EXPECT_GT(whole, 150);
  EXPECT_GT(functions, 100);
}

TEST(ModuleMutator, takesNoMoreRoomThanThereIs) {
  const std::size_t count = module().size();
  for (unsigned seed = 0; seed < 200; ++seed)
    EXPECT_LE(mutated(module(), seed, count).size(), count);
}

TEST(ModuleMutator, changesWhatIsNoModuleAsWell) {
  const std::array nothing{std::byte{1}};
  for (unsigned seed = 0; seed < 50; ++seed) EXPECT_EQ(mutated(nothing, seed).size(), 2u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
