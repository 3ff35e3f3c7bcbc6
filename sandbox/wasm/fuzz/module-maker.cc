#include "sandbox/wasm/fuzz/module-maker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "sandbox/wasm/fuzz/function-maker.h"

namespace troop::sandbox::wasm {

namespace {

using tests::Choices;

std::span<const std::byte> bytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void appendTypes(BinaryWriter& out, std::span<const Type> types) {
  out.unsigned32(static_cast<std::uint32_t>(types.size()));
  for (const Type type : types) out.byte(static_cast<std::uint8_t>(type));
}

std::vector<std::byte> typeSection() {
  BinaryWriter out;
  out.unsigned32(signatures.size());
  for (const FunctionType& type : signatures) {
    out.byte(0x60);
    appendTypes(out, type.parameters);
    appendTypes(out, type.results);
  }
  return std::move(out).take();
}

std::vector<std::byte> importSection(std::span<const std::uint32_t> types) {
  BinaryWriter out;
  out.unsigned32(static_cast<std::uint32_t>(types.size()));
  for (std::size_t i = 0; i < types.size(); ++i) {
    out.sized(bytesOf("host"));
    out.sized(bytesOf("given").first(5 - i));  // each has another name
    out.byte(0);
    out.unsigned32(types[i]);
  }
  return std::move(out).take();
}

std::vector<std::byte> functionSection(std::span<const std::uint32_t> types) {
  BinaryWriter out;
  out.unsigned32(static_cast<std::uint32_t>(types.size()));
  for (const std::uint32_t type : types) out.unsigned32(type);
  return std::move(out).take();
}

std::vector<std::byte> tableSection(Choices& choices) {
  BinaryWriter out;
  out.append({1, 0x70, 1});  // one, of functions, bounded
  out.unsigned32(shape::tableMin);
  out.unsigned32(shape::tableMin + choices.upTo(20));
  return std::move(out).take();
}

std::vector<std::byte> memorySection(Choices& choices) {
  BinaryWriter out;
  const unsigned pages = 1 + choices.upTo(shape::pagesMax - 1);
  out.append({1, 1});
  out.unsigned32(pages);
  out.unsigned32(pages + choices.upTo(3));
  return std::move(out).take();
}

std::vector<std::byte> globalSection() {
  BinaryWriter out;
  out.unsigned32(4);
  out.append({0x7f, 1, 0x41});
  out.signed64(shape::roundsMax);
  out.byte(0x0b);
  out.append({0x7f, 1, 0x41, 0, 0x0b});
  out.append({0x7e, 1, 0x42, 0, 0x0b});
  out.append({0x70, 1, 0xd0, 0x70, 0x0b});
  return std::move(out).take();
}

std::vector<std::byte> exportSection(std::uint32_t run) {
  BinaryWriter out;
  struct Export {
    std::string_view name;
    std::uint8_t kind;
    std::uint32_t index;
  };
  const std::array<Export, 5> exports{{{"memory", 2, 0},
                                       {"run", 0, run},
                                       {"left", 3, Global::left},
                                       {"narrow", 3, Global::narrow},
                                       {"wide", 3, Global::wide}}};
  out.unsigned32(exports.size());
  for (const Export& entry : exports) {
    out.sized(bytesOf(entry.name));
    out.byte(entry.kind);
    out.unsigned32(entry.index);
  }
  return std::move(out).take();
}

// One that is active, and those that instructions name.
std::vector<std::byte> elementSection(Choices& choices, std::uint32_t functions) {
  BinaryWriter out;
  out.unsigned32(1 + shape::elementSegments);
  out.append({0, 0x41, 0, 0x0b});
  out.unsigned32(shape::tableMin);
  for (unsigned i = 0; i < shape::tableMin; ++i) out.unsigned32(choices.upTo(functions - 1));
  for (unsigned segment = 0; segment < shape::elementSegments; ++segment) {
    out.append({1, 0});
    out.unsigned32(functions);  // so that all are declared for ref.func
    for (std::uint32_t i = 0; i < functions; ++i) out.unsigned32(i);
  }
  return std::move(out).take();
}

// The last one is longer than a piece of a bulk operation, where that is chosen.
std::vector<std::byte> dataSection(Choices& choices) {
  BinaryWriter out;
  out.unsigned32(1 + shape::dataSegments);
  out.append({0, 0x41, 8, 0x0b});
  out.sized(bytesOf("what lies there from the start"));
  out.byte(1);
  out.sized(bytesOf("0123456789"));
  out.byte(1);
  std::vector<std::byte> content(choices.oneIn(8) ? (std::size_t{66} << 10) : 100);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::byte>(i * 7);
  out.sized(content);
  return std::move(out).take();
}

}  // namespace

std::vector<std::byte> makeModule(Choices& choices) {
  Functions functions;
  for (unsigned left = choices.upTo(2); left != 0; --left)
    functions.imported.push_back(choices.upTo(signatures.size() - 1));
  functions.own.push_back(shape::runType);
  for (unsigned left = choices.upTo(3); left != 0; --left)
    functions.own.push_back(choices.upTo(signatures.size() - 1));
  const std::uint32_t run = functions.imported.size();

  BinaryWriter out;
  out.append({0, 'a', 's', 'm', 1, 0, 0, 0});
  if (choices.oneIn(8)) out.section(0, bytesOf("\4note and more"));
  out.section(1, typeSection());
  if (!functions.imported.empty()) out.section(2, importSection(functions.imported));
  out.section(3, functionSection(functions.own));
  out.section(4, tableSection(choices));
  out.section(5, memorySection(choices));
  out.section(6, globalSection());
  out.section(7, exportSection(run));
  const std::vector<std::byte> elements = elementSection(choices, functions.count());
  const std::vector<std::byte> data = dataSection(choices);
  out.section(9, elements);
  out.section(12, std::array{std::byte{1 + shape::dataSegments}});
  BinaryWriter code;
  code.unsigned32(static_cast<std::uint32_t>(functions.own.size()));
  for (const std::uint32_t type : functions.own)
    code.sized(FunctionMaker(choices, functions, signatures[type]).make());
  out.section(10, code.bytes());
  out.section(11, data);
  return std::move(out).take();
}

}  // namespace troop::sandbox::wasm
