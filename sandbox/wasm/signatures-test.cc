#include "sandbox/wasm/signatures.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace troop::sandbox::wasm {
namespace {

TEST(Signatures, eachFunctionMatchesItsOwnTypeOnly) {
  for (const Signature& signature : importSignatures()) {
    wasm_functype_t* type = typeOf(signature);
    EXPECT_TRUE(matches(signature, type)) << signature.name;
    const Signature longer{signature.name, "iiiiiiii", signature.results};
    EXPECT_FALSE(matches(longer, type)) << signature.name;
    const Signature other{signature.name, signature.parameters, signature.results == "i" ? "I" : "i"};
    EXPECT_FALSE(matches(other, type)) << signature.name;
    wasm_functype_delete(type);
  }
}

TEST(Signatures, namesAreFoundAndStandOnce) {
  std::set<std::string_view> names;
  for (const Signature& signature : importSignatures()) {
    EXPECT_EQ(importSignature(signature.name), &signature);
    EXPECT_TRUE(names.insert(signature.name).second);
  }
  EXPECT_EQ(importSignature("fork"), nullptr);
  EXPECT_EQ(importSignature(""), nullptr);
}

TEST(Signatures, typesWithoutAKindOfTheirOwnMatchNothing) {
  wasm_valtype_t* vector = wasmtime_wasm_valtype_v128();
  wasm_valtype_vec_t parameters, results;
  wasm_valtype_vec_new(&parameters, 1, &vector);
  wasm_valtype_vec_new_empty(&results);
  wasm_functype_t* type = wasm_functype_new(&parameters, &results);
  EXPECT_FALSE(matches({"f", "i", ""}, type));
  EXPECT_FALSE(matches({"f", "", ""}, type));
  wasm_functype_delete(type);
}

}  // namespace
}  // namespace troop::sandbox::wasm
