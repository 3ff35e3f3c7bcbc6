// Modules that are valid, made from choices, and some that are damaged afterwards. What the engine
// takes as valid is rewritten with checkpoints: the engine takes that as well, and it computes the
// same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/testing/choices.h"
#include "sandbox/wasm/checkpoints.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/fuzz/module-maker.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {
namespace {

using tests::Choices;
using Code = std::vector<std::byte>;

constexpr std::size_t memoryMax = std::size_t{1} << 20;
// Nothing that is made runs for a hundredth of it.
constexpr Duration patience = 60s;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

const std::uint8_t* data(const Code& code) {
  return reinterpret_cast<const std::uint8_t*>(code.data());
}

// What is wrong with it; nothing where it is valid.
std::string mistakeOf(const Engine& engine, const Code& code) {
  wasmtime_error_t* error = wasmtime_module_validate(engine.get(), data(code), code.size());
  return error == nullptr ? std::string() : takeCause(error);
}

// What running a module comes to.
struct Outcome {
  std::string end;
  std::vector<std::byte> memory;
  std::vector<std::int64_t> globals;
  bool operator==(const Outcome&) const = default;
};

std::int64_t valueOf(Store& store, std::string_view name) {
  const auto global = store.global(name);
  if (!global) return 0;
  wasmtime_val_t value;
  wasmtime_global_get(store.context(), &*global, &value);
  return value.kind == WASMTIME_I32 ? value.of.i32 : value.of.i64;
}

// What it imports gives zeros.
Prepared prepare(const Engine& engine, Store& store, wasmtime_module_t* module) {
  wasmtime_linker_t* linker = wasmtime_linker_new(engine.get());
  wasmtime_error_t* error =
      wasmtime_linker_define_unknown_imports_as_default_values(linker, store.context(), module);
  wasmtime_instance_pre_t* prepared = nullptr;
  if (error == nullptr) error = wasmtime_linker_instantiate_pre(linker, module, &prepared);
  if (error != nullptr) fail("not prepared: " + takeCause(error));
  wasmtime_linker_delete(linker);
  return Prepared(prepared);
}

Outcome run(Engine& engine, const Code& code, std::int32_t first, std::int32_t second) {
  wasmtime_module_t* module = nullptr;
  if (wasmtime_error_t* error = wasmtime_module_new(engine.get(), data(code), code.size(), &module))
    fail("not compiled: " + takeCause(error));
  HostCalls calls;
  Outcome outcome;
  {
    Store store(engine, calls);
    const Prepared prepared = prepare(engine, store, module);
    store.limitMemory(memoryMax);
    store.beginInstance(prepared.get());
    if (store.finish(after(patience)).failed()) fail("not made: " + store.cause().reason());
    store.begin(*store.function("run"), {first, second});
    const Expected<std::int32_t> result = store.finish(after(patience));
    if (result.failed() && result.error().detail() != ErrorDetail::none)
      fail("it does not end: " + result.error().reason());
    outcome.end = result.failed() ? result.error().reason() : std::to_string(result.value());
    outcome.memory.assign(store.memory().begin(), store.memory().end());
    for (const char* name : {"left", "narrow", "wide"})
      outcome.globals.push_back(valueOf(store, name));
  }
  wasmtime_module_delete(module);
  return outcome;
}

Code rewritten(const Engine& engine, const Code& code) {
  Code result;
  try {
    result = withCheckpoints(code);
  } catch (const Error& error) {
    fail("a valid module was refused: " + error.reason());
  }
  if (const std::string mistake = mistakeOf(engine, result); !mistake.empty())
    fail("a valid module was made invalid: " + mistake);
  // A function is added for each operation on memory, which is longer than the operation.
  if (result.size() > 16 * code.size() + 1024) fail("a module was blown up");
  return result;
}

}  // namespace
}  // namespace troop::sandbox::wasm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace troop::sandbox::wasm;
  // For all inputs: it ends with the program.
  static Engine engine({.guestsMax = 4});
  constexpr std::size_t headBytes = 12;
  if (count < headBytes) return 0;
  Choices head({bytes, headBytes});
  Choices choices({bytes + headBytes, count - headBytes});
  Code code = makeModule(choices);
  const unsigned damages = head.upTo(9) < 7 ? 0 : 1 + head.upTo(1);
  for (unsigned i = 0; i < damages; ++i) {
    const std::size_t at = head.byte() << 8 | head.byte();
    code[8 + at % (code.size() - 8)] = std::byte{head.byte()};
  }
  const std::string mistake = mistakeOf(engine, code);
  if (!mistake.empty()) {
    if (damages == 0) fail("no valid module was made: " + mistake);
    return 0;
  }
  const Code checked = rewritten(engine, code);
  if (damages != 0) return 0;  // it may run for ever
  const std::int32_t first = head.byte(), second = head.byte();
  if (run(engine, code, first, second) != run(engine, checked, first, second))
    fail("a module was made to compute something else");
  // Twice is no more harm than once.
  rewritten(engine, checked);
  return 0;
}
