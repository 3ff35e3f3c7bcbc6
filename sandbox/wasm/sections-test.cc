#include "sandbox/wasm/sections.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/opcodes.h"

namespace troop::sandbox::wasm {
namespace {

TEST(Sections, areFoundByTheirKind) {
  const std::vector<std::byte> module =
      binaryOfText("m.wat", "(module (memory 1) (func) (func) (data (i32.const 3) \"xyz\"))");
  const std::vector<Section> sections = sectionsOf(module);
  EXPECT_EQ(entriesOf(sections, format::functions), 2u);
  EXPECT_EQ(entriesOf(sections, format::imports), 0u);
  EXPECT_EQ(find(sections, format::imports), nullptr);
  const Section* data = find(sections, format::data);
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->content.back(), std::byte{'z'});
}

TEST(Sections, ofWhatIsCutOffAreAnError) {
  std::vector<std::byte> module = binaryOfText("m.wat", "(module (memory 1))");
  module.pop_back();
  EXPECT_THROW(sectionsOf(module), Error);
  EXPECT_THROW(sectionsOf({}), Error);
}

}  // namespace
}  // namespace troop::sandbox::wasm
