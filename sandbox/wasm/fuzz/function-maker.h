// A FunctionMaker writes the body of one function of a module that module-maker.h makes: statements
// and expressions, chosen one by one, each of which leaves on the stack of operands what it should.
//
// Threads: one at a time.
//
//   code.sized(FunctionMaker(choices, functions, signatures[type]).make());
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "runtime/testing/choices.h"
#include "sandbox/wasm/binary.h"

namespace troop::sandbox::wasm {

enum class Type : std::uint8_t {
  i32 = 0x7f,
  i64 = 0x7e,
  f32 = 0x7d,
  f64 = 0x7c,
  v128 = 0x7b,
  function = 0x70,
};

struct FunctionType {
  std::vector<Type> parameters;
  std::vector<Type> results;
};

// What every module has.
namespace shape {
inline constexpr unsigned tableMin = 6;
inline constexpr unsigned pagesMax = 5;
inline constexpr unsigned roundsMax = 300;
inline constexpr unsigned elementSegments = 2;  // beside one that is active, the first
inline constexpr unsigned dataSegments = 2;     // likewise
inline constexpr std::uint32_t runType = 0;
inline constexpr std::uint32_t blockType = 1;  // one that blocks have as well
}  // namespace shape

struct Global {
  enum : std::uint8_t { left, narrow, wide, reference };
};

inline const std::array<FunctionType, 7> signatures{{
    {{Type::i32, Type::i32}, {Type::i32}},
    {{Type::i32, Type::i64}, {Type::i32, Type::i64}},
    {{}, {}},
    {{Type::i64}, {Type::i64}},
    {{}, {Type::f64}},
    {{Type::v128}, {Type::v128}},
    {{Type::function, Type::f32}, {Type::function}},
}};

// The types of a module's functions, as numbers of signatures.
struct Functions {
  std::vector<std::uint32_t> imported;
  std::vector<std::uint32_t> own;

  std::uint32_t count() const noexcept {
    return static_cast<std::uint32_t>(imported.size() + own.size());
  }
  const FunctionType& typeOf(std::uint32_t function) const {
    return signatures[function < imported.size() ? imported[function]
                                                 : own[function - imported.size()]];
  }
};

class FunctionMaker {
 public:
  FunctionMaker(tests::Choices& choices, const Functions& functions, const FunctionType& type);

  std::vector<std::byte> make();

 private:
  using Types = std::vector<Type>;

  // Statements: they leave nothing.
  void statements();
  void statement();
  void plainStatement();
  void memoryStatement();
  void tableStatement();
  void controlStatement();
  void store();
  void leave();
  void branchTable();
  void callAny();
  void longPath();

  // What leaves one value of a type, or several.
  void expression(Type type);
  void expressions(std::span<const Type> types);
  void leaf(Type type);
  void structured(Type type);
  void i32();
  void i32OfMemory();
  void i64();
  void f32();
  void f64();
  void v128();
  void function();
  void load(std::uint8_t opcode);
  void address();  // or a size
  void callTo(std::uint32_t function);
  void callThroughTable(std::uint32_t type);

  // A block of this kind with what `fill` writes into it.
  template <typename Fill>
  void inBlock(std::uint8_t opcode, Types branchesTake, std::span<const std::uint8_t> blockType,
               Fill fill);
  void takeRound();
  void drop(std::size_t count);
  void unary(std::initializer_list<std::uint8_t> code, Type type);
  void binary(std::initializer_list<std::uint8_t> code, Type left, Type right);
  std::uint8_t within(std::uint8_t first, std::uint8_t last);
  void constant32(std::int32_t value);
  std::uint32_t localOf(Type type);

  tests::Choices& choices_;
  const Functions& functions_;
  const FunctionType& type_;
  BinaryWriter out_;
  std::vector<Types> labels_;  // what branches to the enclosing blocks take, outermost first
  unsigned depth_ = 0;
};

}  // namespace troop::sandbox::wasm
