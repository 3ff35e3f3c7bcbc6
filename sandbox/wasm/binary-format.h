// The binary format of Wasm, as far as rewriting a module needs it: opcodes, and reading and
// writing what they stand between.
//
// Ownership: a Reader borrows the code. Threads: one at a time. Errors: a Reader throws Error
// (failed) where the code ends within something; what the code means is for validation.
//
//   Reader in(code);
//   while (!in.atEnd()) out.number(in.number());
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace troop::sandbox::wasm::format {

using Bytes = std::span<const std::byte>;

[[noreturn]] inline void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

enum SectionId : std::uint8_t { types = 1, imports = 2, functions = 3, code = 10 };

enum Opcode : std::uint8_t {
  block = 0x02,
  loop = 0x03,
  if_ = 0x04,
  else_ = 0x05,
  end = 0x0b,
  br = 0x0c,
  brIf = 0x0d,
  brTable = 0x0e,
  return_ = 0x0f,
  call = 0x10,
  callIndirect = 0x11,
  returnCall = 0x12,
  returnCallIndirect = 0x13,
  selectTyped = 0x1c,
  localGet = 0x20,
  localSet = 0x21,
  tableSet = 0x26,
  load = 0x28,
  store32 = 0x3e,
  memorySize = 0x3f,
  memoryGrow = 0x40,
  i32Const = 0x41,
  i64Const = 0x42,
  f32Const = 0x43,
  f64Const = 0x44,
  firstNumeric = 0x45,
  i32LtU = 0x49,
  i32GtU = 0x4b,
  i32LeU = 0x4d,
  i64GtU = 0x56,
  i32Add = 0x6a,
  i32Sub = 0x6b,
  i64Add = 0x7c,
  i64Shl = 0x86,
  i64ExtendU = 0xad,
  lastNumeric = 0xc4,
  refNull = 0xd0,
  refIsNull = 0xd1,
  refFunc = 0xd2,
  bulk = 0xfc,
  vector = 0xfd,
};

enum BulkOpcode : std::uint32_t {
  lastConversion = 7,
  memoryInit = 8,
  dataDrop = 9,
  memoryCopy = 10,
  memoryFill = 11,
  tableInit = 12,
  elemDrop = 13,
  tableCopy = 14,
  tableGrow = 15,
  tableSize = 16,
  tableFill = 17,
};

inline constexpr std::uint8_t noResult = 0x40;  // of a block
inline constexpr std::uint8_t functionType = 0x60;
inline constexpr std::uint8_t typeI32 = 0x7f;

class Reader {
 public:
  explicit Reader(Bytes bytes) noexcept : bytes_(bytes) {}

  bool atEnd() const noexcept { return at_ == bytes_.size(); }
  std::size_t at() const noexcept { return at_; }

  Bytes take(std::size_t count) {
    if (count > bytes_.size() - at_) refuse("the code ends within something");
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  std::uint8_t byte() { return std::to_integer<std::uint8_t>(take(1)[0]); }

  // LEB128; what is beyond 32 bits is for validation to find.
  std::uint32_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::uint64_t part = byte();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return static_cast<std::uint32_t>(value);
    }
    refuse("a number of the code is too long");
  }
  void skipNumber() {
    while (byte() >= 0x80) {
    }
  }
  void skipNumbers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) skipNumber();
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

class Writer {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  void bytes(std::initializer_list<std::uint8_t> values) {
    for (const std::uint8_t value : values) byte(value);
  }
  void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void signedNumber(std::int64_t value) {
    for (; value < -64 || value > 63; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value & 0x7f));
  }
  void sized(Bytes bytes) {
    number(bytes.size());
    append(bytes);
  }

  std::size_t size() const noexcept { return bytes_.size(); }
  Bytes view() const noexcept { return bytes_; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace troop::sandbox::wasm::format
