// The numbers of the WebAssembly binary format (WebAssembly Core Specification, 5), as far as
// rewriting a module needs them.
#pragma once

#include <cstdint>

namespace troop::sandbox::wasm::format {

enum SectionId : std::uint8_t {
  types = 1,
  imports = 2,
  functions = 3,
  tables = 4,
  memories = 5,
  globals = 6,
  exports = 7,
  elements = 9,
  code = 10,
  data = 11,
};

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
  globalGet = 0x23,
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
  i32Mul = 0x6c,
  i64Add = 0x7c,
  i64Sub = 0x7d,
  i64Mul = 0x7e,
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

inline constexpr std::uint8_t noResult = 0x40;     // of a block
inline constexpr std::uint8_t initialized = 0x40;  // of a table
inline constexpr std::uint8_t functionExport = 0;
inline constexpr std::uint8_t functionType = 0x60;
inline constexpr std::uint8_t typeI32 = 0x7f;

}  // namespace troop::sandbox::wasm::format
