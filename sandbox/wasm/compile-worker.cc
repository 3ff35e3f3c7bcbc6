#include "sandbox/wasm/compile-worker.h"

#include <wasmtime.h>

#include <cstdint>
#include <string>

#include "runtime/error.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/worker.h"

namespace troop::sandbox::wasm {

namespace {

// In the worker ----------------------------------------------------------------------------------

void refuseIf(wasmtime_error_t* error) {
  if (error == nullptr) return;
  throw Error(ErrorKind::failed, takeCause(error), ErrorDetail::none, Executed::no);
}

const std::uint8_t* dataOf(std::span<const std::byte> code) {
  return reinterpret_cast<const std::uint8_t*>(code.data());
}

std::vector<std::byte> taken(wasm_byte_vec_t bytes) {
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data);
  std::vector<std::byte> result(first, first + bytes.size);
  wasm_byte_vec_delete(&bytes);
  return result;
}

std::vector<std::byte> compile(wasm_engine_t* engine, std::span<const std::byte> code) {
  wasmtime_module_t* module = nullptr;
  wasm_byte_vec_t compiled{};
  refuseIf(wasmtime_module_new(engine, dataOf(code), code.size(), &module));
  refuseIf(wasmtime_module_serialize(module, &compiled));
  return taken(compiled);
}

std::vector<std::byte> parse(std::string_view text) {
  wasm_byte_vec_t binary{};
  wasmtime_error_t* error = wasmtime_wat2wasm(text.data(), text.size(), &binary);
  if (error == nullptr) return taken(binary);
  // "message\n     --> <anon>:3:5\n      |\n ..." becomes "3:5: message".
  const std::string report = takeReport(error);
  constexpr std::string_view place = "--> <anon>:";
  std::string position;
  if (const std::size_t at = report.find(place); at != std::string::npos) {
    const std::size_t begin = at + place.size();
    position = report.substr(begin, report.find_first_not_of("0123456789:", begin) - begin) + ": ";
  }
  throw Error(ErrorKind::failed, position + report.substr(0, report.find('\n')), ErrorDetail::none,
              Executed::no);
}

WorkerLimits workerLimits(const CompileLimits& limits) {
  return {.cpu = limits.cpu, .memoryBytes = limits.memoryBytes};
}

}  // namespace

std::vector<std::byte> compileInWorker(std::span<const std::byte> code, const Preparation& prepare,
                                       const CompileLimits& limits) {
  return runInWorker("compile", workerLimits(limits), [&] {
    wasm_engine_t* engine = newEngine(1);
    refuseIf(wasmtime_module_validate(engine, dataOf(code), code.size()));
    return compile(engine, prepare(code));
  });
}

std::vector<std::byte> compileInWorker(std::span<const std::byte> code,
                                       const CompileLimits& limits) {
  return runInWorker("compile", workerLimits(limits), [&] { return compile(newEngine(1), code); });
}

std::vector<std::byte> parseInWorker(std::string_view text, const CompileLimits& limits) {
  return runInWorker("read", workerLimits(limits), [&] { return parse(text); });
}

}  // namespace troop::sandbox::wasm
