// Choices are bytes read as decisions: from a random generator with a seed, or from a fuzzer that
// looks for bytes which lead somewhere new. When there are none left everything is 0.
//
//   Choices choices(bytes);
//   while (!choices.over()) act(choices.upTo(9));
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

namespace troop::tests {

class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool over() const noexcept { return bytes_.empty(); }

  std::uint8_t byte() noexcept {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  // 0 to `last`, which is at most 255.
  unsigned upTo(unsigned last) noexcept { return byte() % (last + 1); }
  bool oneIn(unsigned count) noexcept { return byte() % count == count - 1; }

  template <typename T, std::size_t size>
  T of(const T (&values)[size]) noexcept {
    return values[upTo(size - 1)];
  }

  std::uint64_t bits() noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

// Bytes for Choices: some at random, some from the last ones with little changed.
inline std::vector<std::uint8_t> bytesOfSeed(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = random();
    const bool repeats = i >= 64 && number % 4 == 0;
    bytes[i] = repeats ? bytes[i - 64] : static_cast<std::uint8_t>(number >> 32);
  }
  return bytes;
}

}  // namespace troop::tests
