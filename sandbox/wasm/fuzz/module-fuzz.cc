// Any bytes as a module: it is admitted or refused with a reason that can be shown; one that is
// admitted is started and called, and is bounded in what it takes.
#include <wasmtime.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

#include "runtime/error.h"
#include "sandbox/printable.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/checkpoints.h"
#include "sandbox/wasm/code/data-segments.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/fuzz/module-mutator.h"
#include "sandbox/wasm/image.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {
namespace {

constexpr std::size_t memoryMax = std::size_t{4} << 20;
constexpr Duration patience = 20ms;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

void judge(const Error& refusal) {
  const std::string& reason = refusal.reason();
  if (reason.empty() || printable(reason, reason.size()) != reason)
    fail("a reason that cannot be shown");
  // So little code is never too much to compile: the compiler has failed.
  if (refusal.kind() == ErrorKind::overloaded) fail("not compiled: " + reason);
}

// What the worker does before it compiles, where coverage is counted and sanitizers are heard, and
// without a process for each module that is invalid. False: it was refused.
bool isAdmitted(const Engine& engine, std::span<const std::byte> code) {
  wasmtime_error_t* error = wasmtime_module_validate(
      engine.get(), reinterpret_cast<const std::uint8_t*>(code.data()), code.size());
  if (error != nullptr) {
    judge(Error(ErrorKind::failed, takeCause(error)));
    return false;
  }
  try {
    refuseDataThatIsCopied(code);
    (void)withCheckpoints(code);
    return true;
  } catch (const Error& refusal) {
    judge(refusal);
    return false;
  }
}

// As a host starts a guest and delivers to it.
void live(Engine& engine, const Image& image) {
  HostCalls calls;
  Store store(engine, calls);
  store.limitMemory(memoryMax);
  store.beginInstance(image.prepared());
  if (store.finish(after(patience)).failed() || image.restore(store).failed()) return;
  if (const auto initialize = store.function(TROOP_ABI_INITIALIZE)) {
    store.begin(*initialize, {});
    if (store.finish(after(patience)).failed()) return;
  }
  store.begin(*store.function(TROOP_ABI_ALLOC), {64});
  const Expected<std::int32_t> pointer = store.finish(after(patience));
  if (pointer.failed()) return;
  store.begin(*store.function(TROOP_ABI_DELIVER), {pointer.value(), 64});
  (void)store.finish(after(patience));
  if (store.memoryBytes() > memoryMax) fail("memory over its limit");
}

}  // namespace
}  // namespace troop::sandbox::wasm

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t count,
                                               std::size_t countMax, unsigned seed) {
  return troop::sandbox::wasm::mutateModule(bytes, count, countMax, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace troop::sandbox::wasm;
  // For all inputs: they end with the program.
  static Engine engine({.guestsMax = 4});
  static const Imports imports(engine);
  const auto code = std::as_bytes(std::span(bytes, count));
  if (!isAdmitted(engine, code)) return 0;
  std::optional<Image> image;
  try {
    image.emplace(Module::compile(engine, "fuzzed.wasm", code), imports);
  } catch (const troop::Error& error) {
    judge(error);
    return 0;
  }
  live(engine, *image);
  return 0;
}
