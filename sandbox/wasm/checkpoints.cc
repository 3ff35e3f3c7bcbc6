#include "sandbox/wasm/checkpoints.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "sandbox/wasm/binary.h"
#include "sandbox/wasm/code/opcodes.h"
#include "sandbox/wasm/code/sections.h"

namespace troop::sandbox::wasm {

namespace {

using namespace format;

using Bytes = std::span<const std::byte>;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

// The functions that are added --------------------------------------------------------------------

// Of which operation on memory, and for memory.init of which segment, a function does the work.
struct Operation {
  BulkOpcode opcode;
  std::uint32_t segment = 0;
  auto operator<=>(const Operation&) const = default;
};

// A body with the parameters destination, source or value, and count, all i32.
class PiecewiseBody {
 public:
  explicit PiecewiseBody(Operation operation) : operation_(operation) {}

  std::vector<std::byte> make() {
    out_.unsigned32(0);  // no locals
    // One piece is done at once; what traps does so before it has done anything.
    get(count);
    constant(bulkBytesMax);
    out_.append({i32LeU, if_, noResult});
    whole();
    out_.append({return_, end});
    outOfBounds(destination);
    if (operation_.opcode == memoryCopy) outOfBounds(source);
    if (operation_.opcode == memoryCopy) {
      get(source);
      get(destination);
      out_.append({i32LtU, if_, noResult});
      backward();
      out_.byte(end);
    }
    forward();
    out_.byte(end);
    return std::move(out_).take();
  }

 private:
  static constexpr std::uint8_t destination = 0;
  static constexpr std::uint8_t source = 1;
  static constexpr std::uint8_t count = 2;

  void get(std::uint8_t local) { out_.append({localGet, local}); }
  void constant(std::size_t value) {
    out_.byte(i32Const);
    out_.signed64(static_cast<std::int64_t>(value));
  }

  void operate() {
    out_.byte(bulk);
    out_.unsigned32(operation_.opcode);
    if (operation_.opcode == memoryInit) out_.unsigned32(operation_.segment);
    if (operation_.opcode == memoryCopy) out_.unsigned32(0);
    out_.unsigned32(0);  // the memory
  }
  void whole() {
    get(destination);
    get(source);
    get(count);
    operate();
  }

  // Where begin + count is beyond memory the whole operation traps, as the engine says it.
  void outOfBounds(std::uint8_t begin) {
    get(begin);
    out_.byte(i64ExtendU);
    get(count);
    out_.append({i64ExtendU, i64Add});
    out_.append({memorySize, 0, i64ExtendU, i64Const, 16, i64Shl, i64GtU, if_, noResult});
    whole();
    out_.byte(end);
  }

  void advance(std::uint8_t local) {
    get(local);
    constant(bulkBytesMax);
    out_.append({i32Add, localSet, local});
  }
  void takePieceOff() {
    get(count);
    constant(bulkBytesMax);
    out_.append({i32Sub, localSet, count});
  }
  void againWhileMoreThanAPiece() {
    get(count);
    constant(bulkBytesMax);
    out_.append({i32GtU, brIf, 0, end});
  }

  void forward() {
    out_.append({loop, noResult});
    get(destination);
    get(source);
    constant(bulkBytesMax);
    operate();
    advance(destination);
    if (operation_.opcode != memoryFill) advance(source);
    takePieceOff();
    againWhileMoreThanAPiece();
    whole();
  }

  // From the end, for a copy to behind its source: the pieces may overlap.
  void backward() {
    out_.append({loop, noResult});
    takePieceOff();
    for (const std::uint8_t begin : {destination, source}) {
      get(begin);
      get(count);
      out_.byte(i32Add);
    }
    constant(bulkBytesMax);
    operate();
    againWhileMoreThanAPiece();
    whole();
    out_.byte(return_);
  }

  const Operation operation_;
  BinaryWriter out_;
};

// Numbers the functions as they are asked for.
class AddedFunctions {
 public:
  explicit AddedFunctions(std::uint32_t first) : first_(first) {}

  std::uint32_t indexOf(Operation operation) {
    const auto [found, inserted] = indices_.try_emplace(operation, 0);
    if (inserted) {
      found->second = first_ + static_cast<std::uint32_t>(bodies_.size());
      bodies_.push_back(PiecewiseBody(operation).make());
    }
    return found->second;
  }
  const std::vector<std::vector<std::byte>>& bodies() const noexcept { return bodies_; }

 private:
  const std::uint32_t first_;
  std::map<Operation, std::uint32_t> indices_;
  std::vector<std::vector<std::byte>> bodies_;
};

// One function body -------------------------------------------------------------------------------

class Body {
 public:
  Body(Bytes body, AddedFunctions& added) : in_(body), body_(body), added_(added) {}

  std::vector<std::byte> rewrite() {
    const std::uint32_t groups = in_.unsigned32();
    for (std::uint32_t i = 0; i < groups; ++i) in_.skipIntegers(2);  // how many, of which type
    blocks_.push_back({});
    while (!blocks_.empty()) instruction();
    if (!in_.atEnd()) refuse("code follows the end of a function");
    copyUntil(position());
    return std::move(out_).take();
  }

 private:
  struct Block {
    std::uint8_t kind = block;
    std::size_t pathAtElse = 0;  // as long as it was at the condition
    std::size_t pathAtEnd = 0;   // of the longest that branches to it
  };

  std::size_t position() const noexcept { return body_.size() - in_.rest().size(); }

  void copyUntil(std::size_t at) {
    out_.append(body_.subspan(copied_, at - copied_));
    copied_ = at;
  }

  // The engine checks its epoch where a loop begins, also one that never begins again.
  void checkpoint(std::size_t at) {
    copyUntil(at);
    out_.append({loop, noResult, end});
    path_ = 0;
  }

  void branch(std::uint32_t label) {
    if (label >= blocks_.size()) refuse("a branch leads nowhere");
    Block& target = blocks_[blocks_.size() - 1 - label];
    if (target.kind == loop) return;  // which checks
    target.pathAtEnd = std::max(target.pathAtEnd, path_);
  }

  void instruction() {
    const std::size_t begin = position();
    const std::uint8_t opcode = in_.byte();
    // Between `else` or `end` and what it closes there is no other path to stand on.
    if (path_ >= pathBytesMax && opcode != else_ && opcode != end) checkpoint(begin);
    immediates(opcode, begin);
    path_ += position() - begin;
    switch (opcode) {
      case loop:
        path_ = 0;
        break;
      case call:
      case callIndirect:
        checkpoint(position());
        break;
      case memoryGrow:
        path_ += memoryGrowCost;
        break;
      default:
        break;
    }
  }

  void immediates(std::uint8_t opcode, std::size_t begin) {
    switch (opcode) {
      case block:
      case loop:
      case if_:
        in_.skipInteger();
        blocks_.push_back({.kind = opcode, .pathAtElse = path_});
        return;
      case else_:
        blocks_.back().pathAtEnd = std::max(blocks_.back().pathAtEnd, path_);
        path_ = blocks_.back().pathAtElse;
        blocks_.back().kind = else_;
        return;
      case end:
        return endBlock();
      case br:
      case brIf:
        return branch(in_.unsigned32());
      case brTable:
        for (std::uint64_t labels = std::uint64_t{in_.unsigned32()} + 1; labels != 0; --labels)
          branch(in_.unsigned32());
        return;
      case bulk:
        return bulkInstruction(begin);
      case vector:
        return vectorImmediates();
      default:
        return plainImmediates(opcode);
    }
  }

  void memoryAccess() {
    in_.skipIntegers(2);
    path_ += memoryAccessCost;
  }

  void endBlock() {
    const Block& ended = blocks_.back();
    path_ = std::max(path_, ended.pathAtEnd);
    if (ended.kind == if_) path_ = std::max(path_, ended.pathAtElse);
    blocks_.pop_back();
  }

  void plainImmediates(std::uint8_t opcode) {
    switch (opcode) {
      case call:
      case returnCall:
      case i32Const:
      case i64Const:
      case refNull:
      case refFunc:
      case memorySize:
      case memoryGrow:
        return in_.skipInteger();
      case callIndirect:
      case returnCallIndirect:
        return in_.skipIntegers(2);
      case selectTyped:
        return in_.skipIntegers(in_.unsigned32());
      case f32Const:
        in_.take(4);
        return;
      case f64Const:
        in_.take(8);
        return;
      default:
        break;
    }
    if (opcode >= localGet && opcode <= tableSet) return in_.skipInteger();
    if (opcode >= load && opcode <= store32) return memoryAccess();
    const bool bare = opcode <= 0x01 || opcode == return_ || opcode == 0x1a || opcode == 0x1b ||
                      (opcode >= firstNumeric && opcode <= lastNumeric) || opcode == refIsNull;
    if (!bare) refuse("instruction " + std::to_string(opcode) + " is not admitted");
  }

  void bulkInstruction(std::size_t begin) {
    const std::uint32_t opcode = in_.unsigned32();
    switch (opcode) {
      case memoryInit: {
        const std::uint32_t segment = in_.unsigned32();
        in_.skipInteger();
        return replace(begin, {memoryInit, segment});
      }
      case memoryCopy:
        in_.skipIntegers(2);
        return replace(begin, {memoryCopy});
      case memoryFill:
        in_.skipInteger();
        return replace(begin, {memoryFill});
      case tableInit:
      case tableCopy:
        in_.skipIntegers(2);
        return checkpoint(begin);
      case tableGrow:
      case tableFill:
        in_.skipInteger();
        return checkpoint(begin);
      case dataDrop:
      case elemDrop:
      case tableSize:
        return in_.skipInteger();
      default:
        if (opcode > lastConversion)
          refuse("bulk instruction " + std::to_string(opcode) + " is not admitted");
    }
  }

  void replace(std::size_t begin, Operation operation) {
    copyUntil(begin);
    out_.byte(call);
    out_.unsigned32(added_.indexOf(operation));
    copied_ = position();
    checkpoint(copied_);
  }

  void vectorImmediates() {
    constexpr std::uint32_t lastMemory = 11, constant = 12, shuffle = 13, firstLane = 21,
                            lastLane = 34, firstMemoryLane = 84, lastMemoryLane = 91,
                            lastMemoryZero = 93, last = 0x113;
    const std::uint32_t opcode = in_.unsigned32();
    if (opcode > last) refuse("vector instruction " + std::to_string(opcode) + " is not admitted");
    if (opcode <= lastMemory || (opcode >= firstMemoryLane && opcode <= lastMemoryZero))
      memoryAccess();
    if (opcode == constant || opcode == shuffle) in_.take(16);
    if ((opcode >= firstLane && opcode <= lastLane) ||
        (opcode >= firstMemoryLane && opcode <= lastMemoryLane)) {
      in_.take(1);
    }
  }

  // The engine leaves compiled code for it.
  static constexpr std::size_t memoryGrowCost = pathBytesMax / 64;
  // Each may touch two fresh pages, for which the kernel takes a microsecond or several.
  static constexpr std::size_t memoryAccessCost = pathBytesMax / 128;

  BinaryReader in_;
  const Bytes body_;
  AddedFunctions& added_;
  BinaryWriter out_;
  std::size_t copied_ = 0;
  std::vector<Block> blocks_;
  std::size_t path_ = 0;  // bytes since a checkpoint on the longest path to here
};

// The module --------------------------------------------------------------------------------------

// A section that begins with the number of its entries, with more of them.
std::vector<std::byte> extended(Bytes content, const std::vector<std::vector<std::byte>>& more) {
  BinaryReader in(content);
  BinaryWriter out;
  out.unsigned32(in.unsigned32() + static_cast<std::uint32_t>(more.size()));
  out.append(in.rest());
  for (const auto& entry : more) out.append(entry);
  return std::move(out).take();
}

std::vector<std::byte> rewriteCode(Bytes content, AddedFunctions& added) {
  BinaryReader in(content);
  const std::uint32_t count = in.unsigned32();
  BinaryWriter bodies;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes body = in.take(in.unsigned32());
    bodies.sized(Body(body, added).rewrite());
  }
  for (const auto& body : added.bodies()) bodies.sized(body);
  BinaryWriter out;
  out.unsigned32(count + static_cast<std::uint32_t>(added.bodies().size()));
  out.append(bodies.bytes());
  return std::move(out).take();
}

}  // namespace

std::vector<std::byte> withCheckpoints(std::span<const std::byte> module) {
  const Sections sections = sectionsOf(module);
  const Section* codeSection = find(sections, code);
  if (codeSection == nullptr) return {module.begin(), module.end()};

  const std::uint32_t type = entriesOf(sections, types);
  AddedFunctions added(importedFunctions(sections) + entriesOf(sections, functions));
  const std::vector<std::byte> newCode = rewriteCode(codeSection->content, added);

  BinaryWriter typeEntry;
  typeEntry.append({functionType, 3, typeI32, typeI32, typeI32, 0});
  const std::vector<std::vector<std::byte>> typeEntries(1, std::move(typeEntry).take());
  BinaryWriter functionEntry;
  functionEntry.unsigned32(type);
  const std::vector<std::vector<std::byte>> functionEntries(added.bodies().size(),
                                                            std::move(functionEntry).take());
  BinaryWriter out;
  out.append(module.first(preambleBytes));
  for (const Section& section : sections) {
    out.byte(section.id);
    if (section.id == types) {
      out.sized(extended(section.content, typeEntries));
    } else if (section.id == functions) {
      out.sized(extended(section.content, functionEntries));
    } else if (section.id == code) {
      out.sized(newCode);
    } else {
      out.sized(section.content);
    }
  }
  return std::move(out).take();
}

}  // namespace troop::sandbox::wasm
