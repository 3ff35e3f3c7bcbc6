#include "sandbox/wasm/signatures.h"

#include <array>
#include <vector>

#include "sandbox/wasm/abi.h"

namespace troop::sandbox::wasm {

namespace {

constexpr std::array imports = {
    Signature{"call", "iIiiiii", "i"}, Signature{"pipeline", "iii", "i"},
    Signature{"answer", "iiiii", "i"}, Signature{"fail", "iiii", "i"},
    Signature{"serve", "i", "i"},      Signature{"release", "i", ""},
    Signature{"finish", "i", ""},      Signature{"log", "iii", ""},
    Signature{"clock", "i", "I"},      Signature{"entropy", "", "I"},
    Signature{"abort", "iii", ""},     Signature{"source", "iiii", "i"},
    Signature{"sourceCopy", "i", ""},
};

constexpr std::array exports = {
    Signature{TROOP_ABI_MARKER, "", ""},
    Signature{TROOP_ABI_ALLOC, "i", "i"},
    Signature{TROOP_ABI_DELIVER, "ii", ""},
    Signature{TROOP_ABI_INITIALIZE, "", ""},
};

wasm_valkind_t kindOf(char letter) {
  return letter == 'i' ? WASM_I32 : WASM_I64;
}

// Compared as types: asking for the kind of a type that is no kind of the oldest C API, such as a
// vector, ends the process.
bool sameTypes(std::string_view letters, const wasm_valtype_vec_t* types) noexcept {
  if (letters.size() != types->size) return false;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    wasm_valtype_t* expected = wasm_valtype_new(kindOf(letters[i]));
    const bool same = wasmtime_wasm_valtype_equal(types->data[i], expected);
    wasm_valtype_delete(expected);
    if (!same) return false;
  }
  return true;
}

wasm_valtype_vec_t typesOf(std::string_view letters) {
  std::vector<wasm_valtype_t*> types;
  for (char letter : letters) types.push_back(wasm_valtype_new(kindOf(letter)));
  wasm_valtype_vec_t vector;
  wasm_valtype_vec_new(&vector, types.size(), types.data());
  return vector;
}

}  // namespace

std::span<const Signature> importSignatures() noexcept {
  return imports;
}
std::span<const Signature> exportSignatures() noexcept {
  return exports;
}

const Signature* importSignature(std::string_view name) noexcept {
  for (const Signature& signature : imports) {
    if (signature.name == name) return &signature;
  }
  return nullptr;
}

bool matches(const Signature& signature, const wasm_functype_t* type) noexcept {
  return sameTypes(signature.parameters, wasm_functype_params(type)) &&
         sameTypes(signature.results, wasm_functype_results(type));
}

wasm_functype_t* typeOf(const Signature& signature) {
  wasm_valtype_vec_t parameters = typesOf(signature.parameters);
  wasm_valtype_vec_t results = typesOf(signature.results);
  return wasm_functype_new(&parameters, &results);
}

}  // namespace troop::sandbox::wasm
