// Numbers as messages hold them: little endian, as the exclusive or with their default.
//
//   stored = masked(value, defaultValue);
//   value = masked(stored, defaultValue);
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace troop::inline guest {

static_assert(std::endian::native == std::endian::little);

template <typename T>
concept Number = (std::is_arithmetic_v<T> || std::is_enum_v<T>) && !std::is_same_v<T, bool>;

template <Number T>
T masked(T value, T defaultValue) {
  unsigned char bytes[sizeof(T)], mask[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  std::memcpy(mask, &defaultValue, sizeof(T));
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] ^= mask[i];
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

}  // namespace troop::inline guest
