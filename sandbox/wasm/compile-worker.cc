#include "sandbox/wasm/compile-worker.h"

#include <wasmtime.h>

#include <cstdint>
#include <string>

#include "runtime/error.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/worker.h"

namespace troop::sandbox::wasm {

namespace {

// In the worker.
std::vector<std::byte> compile(std::span<const std::byte> code) {
  wasm_engine_t* engine = newEngine(1);
  wasmtime_module_t* module = nullptr;
  wasm_byte_vec_t compiled{};
  wasmtime_error_t* error = wasmtime_module_new(
      engine, reinterpret_cast<const std::uint8_t*>(code.data()), code.size(), &module);
  if (error == nullptr) error = wasmtime_module_serialize(module, &compiled);
  if (error != nullptr) {
    throw Error(ErrorKind::failed, takeCause(error), ErrorDetail::none, Executed::no);
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(compiled.data);
  return {bytes, bytes + compiled.size};
}

}  // namespace

std::vector<std::byte> compileInWorker(std::span<const std::byte> code,
                                       const CompileLimits& limits) {
  return runInWorker("compile", {.cpu = limits.cpu, .memoryBytes = limits.memoryBytes},
                     [&] { return compile(code); });
}

}  // namespace troop::sandbox::wasm
