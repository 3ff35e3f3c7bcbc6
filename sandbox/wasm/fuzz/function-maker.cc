#include "sandbox/wasm/fuzz/function-maker.h"

#include <algorithm>
#include <utility>

namespace troop::sandbox::wasm {

namespace {

constexpr unsigned depthMax = 12;  // of blocks and operands in each other
constexpr unsigned statementsMax = 4;
constexpr std::size_t bodyBytesMax = std::size_t{128} << 10;  // beyond it no long paths

constexpr std::uint8_t noType = 0x40, blockOpcode = 0x02, loopOpcode = 0x03, ifOpcode = 0x04,
                       elseOpcode = 0x05, endOpcode = 0x0b;

// Sizes and addresses at which something changes: pieces of bulk operations, pages, the last ones.
constexpr std::int32_t notable[] = {0,       1,       7,       100,     65'535, 65'536, 65'537,
                                    131'072, 196'607, 262'144, 327'680, -1,     -65'536};

std::uint8_t codeOf(Type type) {
  return static_cast<std::uint8_t>(type);
}

}  // namespace

FunctionMaker::FunctionMaker(tests::Choices& choices, const Functions& functions,
                             const FunctionType& type)
    : choices_(choices), functions_(functions), type_(type) {}

std::vector<std::byte> FunctionMaker::make() {
  out_.append({6, 2, codeOf(Type::i32), 1, codeOf(Type::i64), 1, codeOf(Type::f32)});
  out_.append({1, codeOf(Type::f64), 1, codeOf(Type::v128), 1, codeOf(Type::function)});
  labels_ = {type_.results};
  takeRound();
  statements();
  expressions(type_.results);
  out_.byte(endOpcode);
  return std::move(out_).take();
}

std::uint8_t FunctionMaker::within(std::uint8_t first, std::uint8_t last) {
  return static_cast<std::uint8_t>(first + choices_.upTo(static_cast<unsigned>(last - first)));
}

void FunctionMaker::constant32(std::int32_t value) {
  out_.byte(0x41);
  out_.signed64(value);
}

std::uint32_t FunctionMaker::localOf(Type type) {
  Types locals = type_.parameters;
  locals.insert(locals.end(), {Type::i32, Type::i32, Type::i64, Type::f32, Type::f64, Type::v128,
                               Type::function});
  std::vector<std::uint32_t> fitting;
  for (std::uint32_t i = 0; i < locals.size(); ++i) {
    if (locals[i] == type) fitting.push_back(i);
  }
  return fitting[choices_.upTo(static_cast<unsigned>(fitting.size() - 1))];
}

void FunctionMaker::takeRound() {
  out_.append({0x23, Global::left, 0x45, ifOpcode, noType, 0x00, endOpcode});
  out_.append({0x23, Global::left, 0x41, 1, 0x6b, 0x24, Global::left});
}

void FunctionMaker::drop(std::size_t count) {
  while (count-- != 0) out_.byte(0x1a);
}

template <typename Fill>
void FunctionMaker::inBlock(std::uint8_t opcode, Types branchesTake,
                            std::span<const std::uint8_t> blockType, Fill fill) {
  out_.byte(opcode);
  for (const std::uint8_t byte : blockType) out_.byte(byte);
  labels_.push_back(std::move(branchesTake));
  ++depth_;
  if (opcode == loopOpcode) takeRound();
  fill();
  --depth_;
  labels_.pop_back();
  out_.byte(endOpcode);
}

void FunctionMaker::unary(std::initializer_list<std::uint8_t> code, Type type) {
  expression(type);
  out_.append(code);
}

void FunctionMaker::binary(std::initializer_list<std::uint8_t> code, Type left, Type right) {
  expression(left);
  expression(right);
  out_.append(code);
}

void FunctionMaker::statements() {
  if (depth_ > depthMax) return;
  for (unsigned left = choices_.upTo(statementsMax); left != 0 && !choices_.over(); --left)
    statement();
}

void FunctionMaker::statement() {
  ++depth_;
  switch (choices_.upTo(7)) {
    case 0:
    case 1:
      plainStatement();
      break;
    case 2:
    case 3:
      memoryStatement();
      break;
    case 4:
      tableStatement();
      break;
    case 5:
      callAny();
      break;
    default:
      controlStatement();
      break;
  }
  --depth_;
}

void FunctionMaker::plainStatement() {
  constexpr Type all[] = {Type::i32, Type::i64, Type::f32, Type::f64, Type::v128, Type::function};
  switch (choices_.upTo(5)) {
    case 0:
      expression(Type::i32);
      return out_.append({0x24, Global::narrow});
    case 1:
      expression(Type::i64);
      return out_.append({0x24, Global::wide});
    case 2:
      expression(Type::function);
      return out_.append({0x24, Global::reference});
    case 3: {
      const Type type = choices_.of(all);
      expression(type);
      out_.byte(0x21);
      return out_.unsigned32(localOf(type));
    }
    case 4:
      return longPath();
    default:
      expression(choices_.of(all));
      return drop(1);
  }
}

// Sometimes longer than any path may be.
void FunctionMaker::longPath() {
  if (out_.bytes().size() > bodyBytesMax) return;
  for (unsigned left = 512 * (1 + choices_.upTo(40)); left != 0; --left) out_.byte(0x01);
}

void FunctionMaker::memoryStatement() {
  switch (choices_.upTo(4)) {
    case 0:
      address();
      expression(Type::i32);
      address();
      return out_.append({0xfc, 11, 0});
    case 1:
      address();
      address();
      address();
      return out_.append({0xfc, 10, 0, 0});
    case 2:
      address();
      choices_.oneIn(2) ? constant32(0) : address();
      address();
      return out_.append({0xfc, 8, within(0, shape::dataSegments), 0});
    case 3:
      return out_.append({0xfc, 9, within(0, shape::dataSegments)});
    default:
      return store();
  }
}

void FunctionMaker::store() {
  address();
  switch (choices_.upTo(3)) {
    case 0:
      expression(Type::i64);
      out_.append({choices_.oneIn(2) ? std::uint8_t{0x37} : within(0x3c, 0x3e), 0, 8});
      return;
    case 1:
      expression(Type::v128);
      return out_.append({0xfd, 11, 0, 16});
    case 2:
      expression(Type::v128);
      return out_.append({0xfd, within(0x58, 0x5b), 0, 0, 1});
    default:
      expression(Type::i32);
      out_.append({choices_.oneIn(2) ? std::uint8_t{0x36} : within(0x3a, 0x3b), 0});
      return out_.unsigned32(choices_.oneIn(4) ? 65'000 : 4);
  }
}

void FunctionMaker::tableStatement() {
  const auto index = [&] { constant32(static_cast<std::int32_t>(choices_.upTo(8))); };
  index();
  switch (choices_.upTo(4)) {
    case 0:
      expression(Type::function);
      return out_.append({0x26, 0});
    case 1:
      expression(Type::function);
      index();
      return out_.append({0xfc, 17, 0});
    case 2:
      index();
      index();
      return out_.append({0xfc, 14, 0, 0});
    case 3:
      index();
      index();
      return out_.append({0xfc, 12, within(0, shape::elementSegments), 0});
    default:
      drop(1);
      return out_.append({0xfc, 13, within(0, shape::elementSegments)});
  }
}

void FunctionMaker::controlStatement() {
  constexpr std::uint8_t nothing[] = {noType};
  switch (choices_.upTo(6)) {
    case 0:
      return inBlock(blockOpcode, {}, nothing, [&] { statements(); });
    case 1:
      return inBlock(loopOpcode, {}, nothing, [&] { statements(); });
    case 2:
      expression(Type::i32);
      return inBlock(ifOpcode, {}, nothing, [&] {
        statements();
        if (choices_.oneIn(2)) {
          out_.byte(elseOpcode);
          statements();
        }
      });
    case 3: {
      const unsigned label = choices_.upTo(static_cast<unsigned>(labels_.size() - 1));
      const Types takes = labels_[labels_.size() - 1 - label];
      expressions(takes);
      expression(Type::i32);
      out_.append({0x0d, static_cast<std::uint8_t>(label)});
      return drop(takes.size());
    }
    case 4:
      return branchTable();
    case 5:
      return leave();
    default:
      return inBlock(loopOpcode, {}, nothing, [&] {
        statements();
        expression(Type::i32);
        out_.append({0x0d, 0});
      });
  }
}

void FunctionMaker::branchTable() {
  const unsigned label = choices_.upTo(static_cast<unsigned>(labels_.size() - 1));
  const Types takes = labels_[labels_.size() - 1 - label];
  expressions(takes);
  expression(Type::i32);
  std::vector<std::uint8_t> targets;
  for (unsigned left = choices_.upTo(5); left != 0; --left) {
    const unsigned other = choices_.upTo(static_cast<unsigned>(labels_.size() - 1));
    if (labels_[labels_.size() - 1 - other] == takes)
      targets.push_back(static_cast<std::uint8_t>(other));
  }
  out_.append({0x0e, static_cast<std::uint8_t>(targets.size())});
  for (const std::uint8_t target : targets) out_.byte(target);
  out_.byte(static_cast<std::uint8_t>(label));
}

// Returns, or calls another function in its stead.
void FunctionMaker::leave() {
  if (choices_.oneIn(2)) {
    for (std::uint32_t callee = 0; callee < functions_.count(); ++callee) {
      const FunctionType& type = functions_.typeOf(callee);
      if (type.results != type_.results || choices_.oneIn(2)) continue;
      expressions(type.parameters);
      out_.byte(0x12);
      return out_.unsigned32(callee);
    }
    for (std::size_t type = 0; type < signatures.size(); ++type) {
      if (signatures[type].results != type_.results) continue;
      expressions(signatures[type].parameters);
      expression(Type::i32);
      return out_.append({0x13, static_cast<std::uint8_t>(type), 0});
    }
  }
  expressions(type_.results);
  out_.byte(0x0f);
}

void FunctionMaker::callAny() {
  if (choices_.oneIn(3)) {
    const unsigned type = choices_.upTo(signatures.size() - 1);
    callThroughTable(type);
    return drop(signatures[type].results.size());
  }
  const std::uint32_t callee = choices_.upTo(functions_.count() - 1);
  callTo(callee);
  drop(functions_.typeOf(callee).results.size());
}

void FunctionMaker::callTo(std::uint32_t function) {
  expressions(functions_.typeOf(function).parameters);
  out_.byte(0x10);
  out_.unsigned32(function);
}

void FunctionMaker::callThroughTable(std::uint32_t type) {
  expressions(signatures[type].parameters);
  constant32(static_cast<std::int32_t>(choices_.upTo(shape::tableMin)));
  out_.append({0x11, static_cast<std::uint8_t>(type), 0});
}

void FunctionMaker::expressions(std::span<const Type> types) {
  for (const Type type : types) expression(type);
}

void FunctionMaker::expression(Type type) {
  if (choices_.over() || depth_ > depthMax) return leaf(type);
  ++depth_;
  const unsigned kind = choices_.upTo(5);
  if (kind == 0) {
    leaf(type);
  } else if (kind == 1) {
    structured(type);
  } else {
    switch (type) {
      case Type::i32:
        i32();
        break;
      case Type::i64:
        i64();
        break;
      case Type::f32:
        f32();
        break;
      case Type::f64:
        f64();
        break;
      case Type::v128:
        v128();
        break;
      case Type::function:
        function();
        break;
    }
  }
  --depth_;
}

void FunctionMaker::leaf(Type type) {
  if (choices_.oneIn(3)) {
    out_.byte(0x20);
    return out_.unsigned32(localOf(type));
  }
  switch (type) {
    case Type::i32:
      if (choices_.oneIn(4)) return out_.append({0x23, Global::narrow});
      return constant32(choices_.oneIn(2) ? choices_.of(notable)
                                          : static_cast<std::int32_t>(choices_.upTo(255)));
    case Type::i64:
      if (choices_.oneIn(4)) return out_.append({0x23, Global::wide});
      out_.byte(0x42);
      return out_.signed64(static_cast<std::int64_t>(choices_.bits()));
    case Type::f32:
      return out_.append({0x43, 0, 0, choices_.byte(), choices_.byte()});
    case Type::f64:
      return out_.append({0x44, 0, 0, 0, 0, 0, 0, choices_.byte(), choices_.byte()});
    case Type::v128:
      out_.append({0xfd, 12});
      for (int i = 0; i < 16; ++i) out_.byte(i % 4 == 0 ? choices_.byte() : std::uint8_t{0});
      return;
    case Type::function:
      if (choices_.oneIn(3)) return out_.append({0x23, Global::reference});
      if (choices_.oneIn(2)) return out_.append({0xd0, 0x70});
      out_.byte(0xd2);
      return out_.unsigned32(choices_.upTo(functions_.count() - 1));
  }
}

void FunctionMaker::structured(Type type) {
  const std::uint8_t result[] = {codeOf(type)};
  const auto content = [&] {
    statements();
    expression(type);
  };
  switch (choices_.upTo(8)) {
    case 0:
      return inBlock(blockOpcode, {type}, result, content);
    case 1:
      return inBlock(loopOpcode, {}, result, content);
    case 2:
      expression(Type::i32);
      return inBlock(ifOpcode, {type}, result, [&] {
        content();
        out_.byte(elseOpcode);
        content();
      });
    case 3:
      expression(type);
      expression(type);
      expression(Type::i32);
      if (type == Type::function || choices_.oneIn(2)) return out_.append({0x1c, 1, codeOf(type)});
      return out_.byte(0x1b);
    case 4: {  // leads elsewhere; whatever follows is right then
      const unsigned label = choices_.upTo(static_cast<unsigned>(labels_.size() - 1));
      expressions(Types(labels_[labels_.size() - 1 - label]));
      return out_.append({0x0c, static_cast<std::uint8_t>(label)});
    }
    case 5:
      for (std::uint32_t callee = 0; callee < functions_.count(); ++callee) {
        if (functions_.typeOf(callee).results == Types{type}) return callTo(callee);
      }
      return leaf(type);
    case 6:
      for (std::uint32_t index = 0; index < signatures.size(); ++index) {
        if (signatures[index].results == Types{type}) return callThroughTable(index);
      }
      return leaf(type);
    case 7:
      expression(type);
      out_.byte(0x22);
      return out_.unsigned32(localOf(type));
    default: {  // with parameters and two results
      const std::uint8_t index[] = {shape::blockType};
      const FunctionType& taken = signatures[shape::blockType];
      expressions(taken.parameters);
      inBlock(choices_.oneIn(2) ? loopOpcode : blockOpcode, Types(taken.results), index,
              [&] { statements(); });
      drop(taken.results.size());
      return leaf(type);
    }
  }
}

void FunctionMaker::address() {
  choices_.oneIn(3) ? expression(Type::i32) : constant32(choices_.of(notable));
}

void FunctionMaker::load(std::uint8_t opcode) {
  address();
  out_.append({opcode, 0});
  out_.unsigned32(choices_.oneIn(4) ? 65'530 : choices_.upTo(100));
}

void FunctionMaker::i32() {
  switch (choices_.upTo(14)) {
    case 0:
      return unary({0x45}, Type::i32);
    case 1:
      return binary({within(0x46, 0x4f)}, Type::i32, Type::i32);
    case 2:
      return unary({within(0x67, 0x69)}, Type::i32);
    case 3:
      return binary({within(0x51, 0x5a)}, Type::i64, Type::i64);
    case 4:
      return binary({within(0x5b, 0x60)}, Type::f32, Type::f32);
    case 5:
      return binary({within(0x61, 0x66)}, Type::f64, Type::f64);
    case 6:
      return unary({within(0xa8, 0xa9)}, Type::f32);
    case 7:
      return unary({0xfc, within(2, 3)}, Type::f64);
    case 8:
      return unary({within(0xc0, 0xc1)}, Type::i32);
    case 9:
      return unary({0xa7}, Type::i64);
    case 10:
      return unary({0xfd, within(0x15, 0x16), within(0, 15)}, Type::v128);
    case 11:
      return unary({0xfd, choices_.oneIn(2) ? std::uint8_t{0x53} : within(0x63, 0x64)}, Type::v128);
    case 12:
      return i32OfMemory();
    default:
      return binary({within(0x6a, 0x78)}, Type::i32, Type::i32);
  }
}

void FunctionMaker::i32OfMemory() {
  switch (choices_.upTo(5)) {
    case 0:
      return out_.append({0x3f, 0});
    case 1:
      constant32(static_cast<std::int32_t>(choices_.upTo(3)));
      return out_.append({0x40, 0});
    case 2:
      return out_.append({0xfc, 16, 0});
    case 3:
      expression(Type::function);
      constant32(static_cast<std::int32_t>(choices_.upTo(9)));
      return out_.append({0xfc, 15, 0});
    case 4:
      return unary({0xd1}, Type::function);
    default:
      return load(choices_.oneIn(3) ? std::uint8_t{0x28} : within(0x2c, 0x2f));
  }
}

void FunctionMaker::i64() {
  switch (choices_.upTo(7)) {
    case 0:
      return unary({within(0xac, 0xad)}, Type::i32);
    case 1:
      return unary({within(0x79, 0x7b)}, Type::i64);
    case 2:
      return unary({within(0xc2, 0xc4)}, Type::i64);
    case 3:
      return unary({0xfc, within(4, 5)}, Type::f32);
    case 4:
      return load(choices_.oneIn(3) ? std::uint8_t{0x29} : within(0x30, 0x35));
    case 5:
      return unary({0xfd, 0x1d, within(0, 1)}, Type::v128);
    default:
      return binary({within(0x7c, 0x8a)}, Type::i64, Type::i64);
  }
}

void FunctionMaker::f32() {
  switch (choices_.upTo(4)) {
    case 0:
      return unary({within(0xb2, 0xb3)}, Type::i32);
    case 1:
      return unary({0xb6}, Type::f64);
    case 2:
      return unary({within(0x8b, 0x91)}, Type::f32);
    case 3:
      return unary({0xfd, 0x1f, within(0, 3)}, Type::v128);
    default:
      return binary({within(0x92, 0x97)}, Type::f32, Type::f32);
  }
}

void FunctionMaker::f64() {
  switch (choices_.upTo(4)) {
    case 0:
      return unary({within(0xb9, 0xba)}, Type::i64);
    case 1:
      return unary({0xbb}, Type::f32);
    case 2:
      return load(0x2b);
    case 3:
      return unary({0xbf}, Type::i64);
    default:
      return binary({within(0xa0, 0xa5)}, Type::f64, Type::f64);
  }
}

void FunctionMaker::v128() {
  switch (choices_.upTo(9)) {
    case 0:
      return unary({0xfd, within(0x0f, 0x11)}, Type::i32);
    case 1:
      address();
      return out_.append({0xfd, choices_.oneIn(2) ? within(0, 10) : within(0x5c, 0x5d), 0, 3});
    case 2:
      address();
      expression(Type::v128);
      return out_.append({0xfd, within(0x54, 0x57), 0, 5, 1});
    case 3:
      expression(Type::v128);
      expression(Type::v128);
      out_.append({0xfd, 13});
      for (int i = 0; i < 16; ++i) out_.byte(within(0, 31));
      return;
    case 4:
      return binary({0xfd, 0x17, within(0, 15)}, Type::v128, Type::i32);
    case 5:
      expression(Type::v128);
      return binary({0xfd, 0x52}, Type::v128, Type::v128);
    case 6:
      return binary({0xfd, 0x80, 2}, Type::v128, Type::v128);  // of the relaxed ones
    case 7:
      return binary({0xfd, within(0x6b, 0x6d)}, Type::v128, Type::i32);
    case 8:
      return unary({0xfd, choices_.oneIn(2) ? std::uint8_t{0x4d} : within(0x60, 0x62)}, Type::v128);
    default:
      return binary({0xfd, choices_.oneIn(2) ? within(0x23, 0x40) : within(0x4e, 0x51)}, Type::v128,
                    Type::v128);
  }
}

void FunctionMaker::function() {
  if (choices_.oneIn(2)) return leaf(Type::function);
  constant32(static_cast<std::int32_t>(choices_.upTo(shape::tableMin)));
  out_.append({0x25, 0});
}

}  // namespace troop::sandbox::wasm
