#include "sandbox/js/bake/baked-module.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/error.h"
#include "sandbox/wasm/binary.h"

namespace troop::sandbox::js {

namespace {

using wasm::BinaryReader;
using wasm::BinaryWriter;

using Bytes = std::span<const std::byte>;

enum Section : std::uint8_t {
  importSection = 2,
  memorySection = 5,
  globalSection = 6,
  exportSection = 7,
  startSection = 8,
  dataSection = 11,
  dataCountSection = 12,
};

enum ExternalKind : std::uint8_t {
  functionKind = 0,
  tableKind = 1,
  memoryKind = 2,
  globalKind = 3,
};

enum ValueType : std::uint8_t {
  i32Type = 0x7f,
  i64Type = 0x7e,
  f32Type = 0x7d,
  f64Type = 0x7c,
};

enum Instruction : std::uint8_t {
  endInstruction = 0x0b,
  globalGet = 0x23,
  i32Const = 0x41,
  i64Const = 0x42,
  f32Const = 0x43,
  f64Const = 0x44,
  refNull = 0xd0,
  refFunction = 0xd2,
};

constexpr std::uint8_t hasMaximum = 1;
constexpr std::uint8_t mutableGlobal = 1;
constexpr std::size_t headerBytes = 8;
constexpr std::size_t pageBytes = std::size_t{64} << 10;
// Runs of zeros that are shorter do not end a data segment; a segment costs about that much
// elsewhere.
constexpr std::size_t gapBytesMin = 4096;

constexpr const char* fewerGlobals = "it has fewer mutable globals than there are values";

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, "cannot bake this WebAssembly module: " + reason,
              ErrorDetail::none, Executed::no);
}

struct Part {
  std::uint8_t id;
  Bytes body;
};

std::vector<Part> partsOf(Bytes code) {
  BinaryReader reader(code);
  const auto header = reader.take(headerBytes);
  constexpr std::array magic = {std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'},
                                std::byte{1}, std::byte{0},   std::byte{0},   std::byte{0}};
  if (!std::ranges::equal(header, magic)) refuse("it is none");
  std::vector<Part> parts;
  while (!reader.atEnd()) {
    const std::uint8_t id = reader.byte();
    parts.push_back({id, reader.take(reader.unsigned32())});
  }
  return parts;
}

// A constant expression, which initialises a global or places a segment.
void skipConstant(BinaryReader& reader) {
  switch (reader.byte()) {
    case i32Const:
    case i64Const:
    case globalGet:
    case refFunction:
    case refNull:
      reader.skipInteger();
      break;
    case f32Const:
      reader.take(sizeof(float));
      break;
    case f64Const:
      reader.take(sizeof(double));
      break;
    default:
      refuse("a constant is computed");
  }
  if (reader.byte() != endInstruction) refuse("a constant is computed");
}

struct Global {
  std::uint8_t type;
  bool changes;
  Bytes whole;  // type, mutability and initialiser
};

std::vector<Global> globalsOf(Bytes body) {
  BinaryReader reader(body);
  std::vector<Global> globals;
  for (std::uint32_t left = reader.unsigned32(); left > 0; --left) {
    const Bytes begin = reader.rest();
    Global global{.type = reader.byte(), .changes = reader.byte() == mutableGlobal, .whole = {}};
    skipConstant(reader);
    global.whole = begin.first(begin.size() - reader.rest().size());
    globals.push_back(global);
  }
  return globals;
}

void writeBits(BinaryWriter& writer, std::uint64_t bits, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) writer.byte(static_cast<std::uint8_t>(bits >> (8 * i)));
}

void writeGlobal(BinaryWriter& writer, std::uint8_t type, std::uint64_t bits) {
  writer.byte(type);
  writer.byte(mutableGlobal);
  switch (type) {
    case i32Type:
      writer.byte(i32Const);
      writer.signed64(static_cast<std::int32_t>(bits));
      break;
    case i64Type:
      writer.byte(i64Const);
      writer.signed64(static_cast<std::int64_t>(bits));
      break;
    case f32Type:
      writer.byte(f32Const);
      writeBits(writer, bits, sizeof(float));
      break;
    case f64Type:
      writer.byte(f64Const);
      writeBits(writer, bits, sizeof(double));
      break;
    default:
      refuse("a mutable global is no number");
  }
  writer.byte(endInstruction);
}

BinaryWriter bakedGlobals(Bytes body, const std::vector<std::uint64_t>& values) {
  const std::vector<Global> globals = globalsOf(body);
  BinaryWriter writer;
  writer.unsigned32(static_cast<std::uint32_t>(globals.size()));
  std::size_t next = 0;
  for (const Global& global : globals) {
    if (!global.changes) {
      writer.append(global.whole);
    } else if (next < values.size()) {
      writeGlobal(writer, global.type, values[next++]);
    } else {
      refuse("it has more mutable globals than there are values");
    }
  }
  if (next != values.size()) refuse(fewerGlobals);
  return writer;
}

BinaryWriter bakedMemory(Bytes body, std::size_t memoryBytes) {
  BinaryReader reader(body);
  if (reader.unsigned32() != 1) refuse("it has not one memory");
  const std::uint8_t flags = reader.byte();
  if (flags > hasMaximum) refuse("its memory is shared or has 64-bit addresses");
  reader.unsigned32();
  BinaryWriter writer;
  writer.unsigned32(1);
  writer.byte(flags);
  writer.unsigned32(static_cast<std::uint32_t>(memoryBytes / pageBytes));
  writer.append(reader.rest());
  return writer;
}

BinaryWriter keptExports(Bytes body, const std::vector<std::string_view>& dropped) {
  BinaryReader reader(body);
  BinaryWriter kept;
  std::uint32_t count = 0;
  for (std::uint32_t left = reader.unsigned32(); left > 0; --left) {
    const Bytes begin = reader.rest();
    const std::string_view name = reader.name();
    reader.byte();
    reader.unsigned32();
    if (std::ranges::find(dropped, name) != dropped.end()) continue;
    kept.append(begin.first(begin.size() - reader.rest().size()));
    ++count;
  }
  BinaryWriter writer;
  writer.unsigned32(count);
  writer.append(kept.bytes());
  return writer;
}

void refusePassiveSegments(Bytes body) {
  BinaryReader reader(body);
  for (std::uint32_t left = reader.unsigned32(); left > 0; --left) {
    if (reader.unsigned32() != 0) refuse("it has data segments that are copied by instructions");
    skipConstant(reader);
    reader.take(reader.unsigned32());
  }
}

void skipLimits(BinaryReader& reader) {
  const bool bounded = (reader.byte() & hasMaximum) != 0;
  reader.skipInteger();
  if (bounded) reader.skipInteger();
}

std::uint32_t countImportedGlobals(Bytes body) {
  std::uint32_t count = 0;
  BinaryReader reader(body);
  for (std::uint32_t left = reader.unsigned32(); left > 0; --left) {
    reader.name();
    reader.name();
    switch (reader.byte()) {
      case functionKind:
        reader.unsigned32();
        break;
      case tableKind:
        reader.byte();
        skipLimits(reader);
        break;
      case memoryKind:
        skipLimits(reader);
        break;
      case globalKind:
        reader.take(2);
        ++count;
        break;
      default:
        refuse("it imports something unknown");
    }
  }
  return count;
}

// Gives the globals that are exported their names; `firstIndex` is that of the first one in
// `names`.
void nameGlobals(Bytes exports, std::uint32_t firstIndex, std::vector<std::string>& names) {
  BinaryReader reader(exports);
  for (std::uint32_t left = reader.unsigned32(); left > 0; --left) {
    const std::string_view name = reader.name();
    const std::uint8_t kind = reader.byte();
    const std::uint32_t index = reader.unsigned32();
    if (kind == globalKind && index >= firstIndex && index - firstIndex < names.size()) {
      names[index - firstIndex] = name;
    }
  }
}

struct Segments {
  std::uint32_t count = 0;
  BinaryWriter body;
};

bool isZero(std::byte value) {
  return value == std::byte{0};
}

// Where the segment ends that begins at `begin`: before the next gap, or at the end of what is not
// zero.
Bytes::iterator endOfSegment(Bytes::iterator begin, Bytes::iterator end) {
  while (begin != end) {
    const auto zeros = std::find_if(begin, end, isZero);
    const auto next = std::find_if_not(zeros, end, isZero);
    if (next == end || next - zeros >= static_cast<std::ptrdiff_t>(gapBytesMin)) return zeros;
    begin = next;
  }
  return end;
}

Segments segmentsOf(Bytes memory) {
  Segments segments;
  auto at = std::find_if_not(memory.begin(), memory.end(), isZero);
  while (at != memory.end()) {
    const auto end = endOfSegment(at, memory.end());
    segments.body.byte(0);
    segments.body.byte(i32Const);
    segments.body.signed64(static_cast<std::int32_t>(at - memory.begin()));
    segments.body.byte(endInstruction);
    segments.body.unsigned32(static_cast<std::uint32_t>(end - at));
    segments.body.append({at, end});
    ++segments.count;
    at = std::find_if_not(end, memory.end(), isZero);
  }
  return segments;
}

}  // namespace

std::vector<std::byte> bakedModule(Bytes code, const InstanceState& state,
                                   const std::vector<std::string_view>& exportsDropped) {
  if (state.memory.size() % pageBytes != 0) refuse("the memory is not whole pages");
  const Segments segments = segmentsOf(state.memory);
  BinaryWriter data;
  data.unsigned32(segments.count);
  data.append(segments.body.bytes());

  const std::vector<Part> parts = partsOf(code);
  BinaryWriter baked;
  baked.append(code.first(headerBytes));
  bool hasMemory = false;
  bool hasGlobals = false;
  bool hasData = false;
  for (const auto& [id, body] : parts) {
    switch (id) {
      case memorySection:
        hasMemory = true;
        baked.section(id, bakedMemory(body, state.memory.size()).bytes());
        break;
      case globalSection:
        hasGlobals = true;
        baked.section(id, bakedGlobals(body, state.mutableGlobals).bytes());
        break;
      case exportSection:
        baked.section(id, keptExports(body, exportsDropped).bytes());
        break;
      case startSection:
        break;
      case dataCountSection: {
        BinaryWriter count;
        count.unsigned32(segments.count);
        baked.section(id, count.bytes());
        break;
      }
      case dataSection:
        hasData = true;
        refusePassiveSegments(body);
        baked.section(id, data.bytes());
        break;
      default:
        baked.section(id, body);
    }
  }
  if (!hasMemory) refuse("it defines no memory");
  if (!hasGlobals && !state.mutableGlobals.empty()) refuse(fewerGlobals);
  // Sections that carry debugging information may follow data, so it need not be last.
  if (!hasData && segments.count > 0) baked.section(dataSection, data.bytes());
  return std::move(baked).take();
}

std::vector<std::string> mutableGlobalNames(Bytes code) {
  std::uint32_t firstIndex = 0;
  std::vector<Global> globals;
  std::vector<std::string> names;
  for (const auto& [id, body] : partsOf(code)) {
    if (id == importSection) {
      firstIndex = countImportedGlobals(body);
    } else if (id == globalSection) {
      globals = globalsOf(body);
      names.resize(globals.size());
    } else if (id == exportSection) {
      nameGlobals(body, firstIndex, names);
    }
  }
  std::vector<std::string> ofMutable;
  for (std::size_t i = 0; i < globals.size(); ++i) {
    if (globals[i].changes) ofMutable.push_back(std::move(names[i]));
  }
  return ofMutable;
}

}  // namespace troop::sandbox::js
