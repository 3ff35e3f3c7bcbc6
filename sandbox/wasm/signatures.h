// The types of the guest ABI's functions, as data: what a module is checked against, and what
// imports are defined with.
//
//   const Signature* call = importSignature("call");     // null: the ABI offers no such function
//   matches(*call, type);
#pragma once

#include <wasmtime.h>

#include <span>
#include <string_view>

namespace troop::sandbox::wasm {

// Value types in the order of the ABI: 'i' is i32, 'I' is i64; one result at most.
struct Signature {
  std::string_view name;
  std::string_view parameters;
  std::string_view results;
};

// What a guest may import from module "troop".
std::span<const Signature> importSignatures() noexcept;
const Signature* importSignature(std::string_view name) noexcept;

// What a guest must export (_initialize: may).
std::span<const Signature> exportSignatures() noexcept;

bool matches(const Signature& signature, const wasm_functype_t* type) noexcept;

// A new function type, for the caller to delete.
wasm_functype_t* typeOf(const Signature& signature);

}  // namespace troop::sandbox::wasm
