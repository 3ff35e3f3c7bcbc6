#include "sandbox/wasm/footprint.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "sandbox/wasm/code/opcodes.h"
#include "sandbox/wasm/code/sections.h"
#include "sandbox/wasm/engine.h"

namespace troop::sandbox::wasm {

namespace {

// What the engine keeps in an instance for each (wasmtime, runtime/vm): a pointer, a value wide
// enough for a vector, two pointers to code with a type and a context.
constexpr std::size_t tableElementBytes = 8;
constexpr std::size_t globalBytes = 16;
constexpr std::size_t functionReferenceBytes = 32;
constexpr std::size_t segmentElementBytes = 16;
constexpr std::size_t segmentBytes = 32;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

class Footprint {
 public:
  explicit Footprint(const Sections& sections) {
    for (const Section& section : sections) {
      BinaryReader in(section.content);
      switch (section.id) {
        case format::tables:
          readTables(in);
          break;
        case format::globals:
          readGlobals(in);
          break;
        case format::exports:
          readExports(in);
          break;
        case format::elements:
          readElements(in);
          break;
        default:
          break;
      }
    }
    bytes_ += importedFunctions(sections) * functionReferenceBytes;
  }

  std::size_t bytes() {
    std::ranges::sort(references_);
    const auto repeated = std::ranges::unique(references_);
    return bytes_ + (references_.size() - repeated.size()) * functionReferenceBytes;
  }

 private:
  void readTables(BinaryReader& in) {
    for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
      if (in.byte() == format::initialized) refuse("a table with initial values is not admitted");
      const SizeLimits limits = takeLimits(in);
      bytes_ += std::min<std::size_t>(limits.max, tableElementsMax) * tableElementBytes;
    }
  }

  void readGlobals(BinaryReader& in) {
    for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
      in.take(2);  // type, whether it can change
      constant(in);
      bytes_ += globalBytes;
    }
  }

  void readExports(BinaryReader& in) {
    for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
      in.name();
      const std::uint8_t kind = in.byte();
      const std::uint32_t index = in.unsigned32();
      if (kind == format::functionExport) references_.push_back(index);
    }
  }

  // Flags: 1 it is not active; 2 it names its table, or is declarative; 4 it has expressions.
  void readElements(BinaryReader& in) {
    for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
      const std::uint32_t flags = in.unsigned32();
      if (flags > 7) refuse("a segment of elements of this kind is not admitted");
      const bool isActive = (flags & 1) == 0;
      if (isActive && (flags & 2) != 0) in.skipInteger();
      if (isActive) constant(in);
      if ((flags & 3) != 0) in.byte();  // what its elements are
      const std::uint32_t count = in.unsigned32();
      for (std::uint32_t i = 0; i < count; ++i) {
        if ((flags & 4) != 0) {
          constant(in);
        } else {
          references_.push_back(in.unsigned32());
        }
      }
      if ((flags & 3) == 1) bytes_ += segmentBytes + count * segmentElementBytes;
    }
  }

  // An expression that gives a constant, to its end.
  void constant(BinaryReader& in) {
    for (;;) {
      const std::uint8_t opcode = in.byte();
      switch (opcode) {
        case format::end:
          return;
        case format::refFunc:
          references_.push_back(in.unsigned32());
          break;
        case format::i32Const:
        case format::i64Const:
        case format::globalGet:
        case format::refNull:
          in.skipInteger();
          break;
        case format::f32Const:
          in.take(4);
          break;
        case format::f64Const:
          in.take(8);
          break;
        case format::vector:
          in.unsigned32();
          in.take(16);
          break;
        case format::i32Add:
        case format::i32Sub:
        case format::i32Mul:
        case format::i64Add:
        case format::i64Sub:
        case format::i64Mul:
          break;
        default:
          refuse("a constant expression with instruction " + std::to_string(opcode) +
                 " is not admitted");
      }
    }
  }

  std::size_t bytes_ = 0;
  std::vector<std::uint32_t> references_;  // numbers of functions, some more than once
};

}  // namespace

std::size_t instanceBytes(std::span<const std::byte> code) {
  return Footprint(sectionsOf(code)).bytes();
}

}  // namespace troop::sandbox::wasm
