#include "sandbox/wasm/code/sections.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/wasm/code/opcodes.h"

namespace troop::sandbox::wasm {
namespace {

constexpr std::array functionSection{std::byte{2}, std::byte{0}, std::byte{0}};

BinaryWriter preamble() {
  BinaryWriter out;
  out.append({0, 'a', 's', 'm', 1, 0, 0, 0});
  return out;
}

// "m" "f", then a kind and what it has.
void importOf(BinaryWriter& out, std::initializer_list<std::uint8_t> what) {
  out.append({1, 'm', 1, 'f'});
  out.append(what);
}

TEST(Sections, areFoundByTheirNumbers) {
  BinaryWriter out = preamble();
  out.section(format::functions, functionSection);
  out.section(0, {});
  const auto module = std::move(out).take();
  const Sections sections = sectionsOf(module);
  ASSERT_EQ(sections.size(), 2u);
  ASSERT_NE(find(sections, format::functions), nullptr);
  EXPECT_EQ(find(sections, format::functions)->content.size(), 3u);
  EXPECT_EQ(find(sections, format::code), nullptr);
  EXPECT_EQ(entriesOf(sections, format::functions), 2u);
  EXPECT_EQ(entriesOf(sections, format::code), 0u);
}

TEST(Sections, endWhereTheModuleEnds) {
  BinaryWriter out = preamble();
  out.section(format::functions, functionSection);
  const auto module = std::move(out).take();
  EXPECT_THROW(sectionsOf(std::span(module).first(7)), Error);
  EXPECT_TRUE(sectionsOf(std::span(module).first(8)).empty());
  EXPECT_THROW(sectionsOf(std::span(module).first(module.size() - 1)), Error);
}

TEST(Sections, tellHowManyFunctionsAreImported) {
  BinaryWriter imports;
  imports.unsigned32(5);
  importOf(imports, {0, 3});
  importOf(imports, {1, 0x70, 1, 2, 9});
  importOf(imports, {2, 0, 1});
  importOf(imports, {3, 0x7f, 0});
  importOf(imports, {0, 0x80, 1});
  BinaryWriter out = preamble();
  out.section(format::imports, imports.bytes());
  const auto module = std::move(out).take();
  EXPECT_EQ(importedFunctions(sectionsOf(module)), 2u);
  EXPECT_EQ(importedFunctions({}), 0u);
}

TEST(Sections, importsOfAnotherKindAreRefused) {
  BinaryWriter imports;
  imports.unsigned32(1);
  importOf(imports, {4, 0, 0});
  const Sections sections{{format::imports, imports.bytes()}};
  EXPECT_THROW(importedFunctions(sections), Error);
}

TEST(Sections, limitsHaveAMaximumOrNone) {
  constexpr std::array bytes{std::byte{0}, std::byte{7}, std::byte{1}, std::byte{8}, std::byte{9}};
  BinaryReader in(bytes);
  const SizeLimits open = takeLimits(in);
  EXPECT_EQ(open.min, 7u);
  EXPECT_EQ(open.max, UINT32_MAX);
  const SizeLimits closed = takeLimits(in);
  EXPECT_EQ(closed.min, 8u);
  EXPECT_EQ(closed.max, 9u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
