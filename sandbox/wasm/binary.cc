#include "sandbox/wasm/binary.h"

#include <string>

#include "runtime/error.h"

namespace troop::sandbox::wasm {

namespace {

constexpr unsigned payloadBits = 7;
constexpr std::uint8_t payload = 0x7f;
constexpr std::uint8_t moreFollows = 0x80;
constexpr std::uint8_t signBit = 0x40;
constexpr unsigned integerBytesMax = 10;  // of 64 bits

[[noreturn]] void malformed(const char* what) {
  throw Error(ErrorKind::failed, std::string("malformed WebAssembly module: ") + what,
              ErrorDetail::none, Executed::no);
}

}  // namespace

std::span<const std::byte> BinaryReader::take(std::size_t count) {
  if (count > bytes_.size()) malformed("it ends too early");
  const auto taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

std::uint8_t BinaryReader::byte() {
  return std::to_integer<std::uint8_t>(take(1).front());
}

std::uint32_t BinaryReader::unsigned32() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 32; shift += payloadBits) {
    const std::uint8_t next = byte();
    value |= (std::uint64_t{next} & payload) << shift;
    if (value > UINT32_MAX) break;
    if ((next & moreFollows) == 0) return static_cast<std::uint32_t>(value);
  }
  malformed("a number has more than 32 bits");
}

std::int32_t BinaryReader::signed32() {
  std::int64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += payloadBits) {
    const std::uint8_t next = byte();
    value |= std::int64_t{next & payload} << shift;
    if ((next & moreFollows) != 0) continue;
    if ((next & signBit) != 0) value -= std::int64_t{1} << (shift + payloadBits);
    if (value < INT32_MIN || value > INT32_MAX) break;
    return static_cast<std::int32_t>(value);
  }
  malformed("a number has more than 32 bits");
}

std::string_view BinaryReader::name() {
  const auto characters = take(unsigned32());
  return {reinterpret_cast<const char*>(characters.data()), characters.size()};
}

void BinaryReader::skipInteger() {
  for (unsigned count = 0; count < integerBytesMax; ++count) {
    if ((byte() & moreFollows) == 0) return;
  }
  malformed("a number has more than 64 bits");
}

void BinaryReader::skipIntegers(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) skipInteger();
}

void BinaryWriter::unsigned32(std::uint32_t value) {
  while (value > payload) {
    byte(static_cast<std::uint8_t>(value & payload) | moreFollows);
    value >>= payloadBits;
  }
  byte(static_cast<std::uint8_t>(value));
}

void BinaryWriter::signed64(std::int64_t value) {
  for (;;) {
    const std::uint8_t low = value & payload;
    value >>= payloadBits;
    const bool ends = (value == 0 && (low & signBit) == 0) || (value == -1 && (low & signBit) != 0);
    if (ends) return byte(low);
    byte(low | moreFollows);
  }
}

void BinaryWriter::sized(std::span<const std::byte> bytes) {
  unsigned32(static_cast<std::uint32_t>(bytes.size()));
  append(bytes);
}

void BinaryWriter::section(std::uint8_t id, std::span<const std::byte> body) {
  byte(id);
  sized(body);
}

}  // namespace troop::sandbox::wasm
