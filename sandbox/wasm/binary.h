// Reading and writing of the WebAssembly binary format's basics: bytes, LEB128 integers, names.
//
// A BinaryReader views bytes that must outlive it, and throws Error (failed) at the first that are
// missing or malformed. Neither class is thread-safe.
//
//   BinaryReader reader(body);
//   for (auto left = reader.unsigned32(); left > 0; --left) names.push_back(reader.name());
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace troop::sandbox::wasm {

class BinaryReader {
 public:
  explicit BinaryReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool atEnd() const noexcept { return bytes_.empty(); }
  std::span<const std::byte> rest() const noexcept { return bytes_; }

  std::uint8_t byte();
  std::uint32_t unsigned32();
  std::int32_t signed32();
  std::span<const std::byte> take(std::size_t count);
  std::string_view name();

  // Passes over LEB128 integers of any width.
  void skipInteger();
  void skipIntegers(std::size_t count);

 private:
  std::span<const std::byte> bytes_;
};

class BinaryWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  void append(std::initializer_list<std::uint8_t> values) {
    for (const std::uint8_t value : values) byte(value);
  }
  void unsigned32(std::uint32_t value);
  void signed64(std::int64_t value);
  void append(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  // Bytes behind their number.
  void sized(std::span<const std::byte> bytes);
  // A section: its number, its size, its body.
  void section(std::uint8_t id, std::span<const std::byte> body);

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace troop::sandbox::wasm
