#include "sandbox/wasm/native-stack.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <ios>
#include <span>
#include <sstream>
#include <string>

#include "runtime/error.h"

namespace troop::sandbox::wasm {

namespace {

constexpr std::size_t machinePageBytes = 4096;

// As many pages as the kernel is asked about at once.
constexpr std::size_t pagesAtOnce = 2048;

// Runs a host function on a stack of the pool, and tells where its frame was.
std::uintptr_t frameOnPooledStack(wasm_engine_t* engine) {
  std::uintptr_t frame = 0;
  const wasmtime_func_callback_t note = [](void* noted, wasmtime_caller_t*, const wasmtime_val_t*,
                                           std::size_t, wasmtime_val_t*,
                                           std::size_t) -> wasm_trap_t* {
    *static_cast<std::uintptr_t*>(noted) =
        reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    return nullptr;
  };
  wasmtime_store_t* store = wasmtime_store_new(engine, nullptr, nullptr);
  wasmtime_context_t* context = wasmtime_store_context(store);
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasmtime_func_t function;
  wasmtime_func_new(context, type, note, &frame, nullptr, &function);
  wasm_functype_delete(type);
  wasm_trap_t* trap = nullptr;
  wasmtime_error_t* error = nullptr;
  wasmtime_call_future_t* future =
      wasmtime_func_call_async(context, &function, nullptr, 0, nullptr, 0, &trap, &error);
  while (!wasmtime_call_future_poll(future)) {
  }
  wasmtime_call_future_delete(future);
  if (trap != nullptr) wasm_trap_delete(trap);
  if (error != nullptr) wasmtime_error_delete(error);
  wasmtime_store_delete(store);
  return frame;
}

// Where the mapping begins that the address is in. Below a stack is its guard, which is another.
std::uintptr_t mappingOf(std::uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> begin >> dash >> end;
    if (address >= begin && address < end) return begin;
  }
  return 0;
}

}  // namespace

NativeStacks::NativeStacks(wasm_engine_t* engine, std::size_t stackBytes) : bytes_(stackBytes) {
  const std::uintptr_t frame = frameOnPooledStack(engine);
  bottom_ = mappingOf(frame);
  if (frame == 0 || bottom_ == 0 || frame - bottom_ > bytes_) {
    throw Error(ErrorKind::failed, "the engine's stacks are not where they should be",
                ErrorDetail::none, Executed::no);
  }
}

NativeStack NativeStacks::at(const void* frame) const noexcept {
  const std::uintptr_t distance = bytes_ + machinePageBytes;  // with the guard
  const auto address = reinterpret_cast<std::uintptr_t>(frame);
  // Unsigned, so that stacks below the known one come out as well.
  const std::uintptr_t offset = address >= bottom_
                                    ? (address - bottom_) % distance
                                    : distance - 1 - (bottom_ - address - 1) % distance;
  return {static_cast<std::byte*>(const_cast<void*>(frame)) - offset, bytes_};
}

// What lies on a stack that was left by a trap may still be marked as frames that must not be read.
// That the engine hands a stack on under a lock of its own is nothing that ThreadSanitizer sees.
__attribute__((no_sanitize("address", "thread"))) bool NativeStack::seemsDeeper() const noexcept {
  if (deepest_ == bottom_) return false;
  const auto* words = reinterpret_cast<const std::uint64_t*>(deepest_ - machinePageBytes);
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < machinePageBytes / sizeof(*words); ++i) any |= words[i];
  return any != 0;
}

std::size_t NativeStack::count() noexcept {
  // To have looked at the page below is enough to make it resident.
  std::byte* const end = seemsDeeper() ? deepest_ : deepest_ - machinePageBytes;
  std::array<unsigned char, pagesAtOnce> resident;
  for (std::byte* at = bottom_; at < end;) {
    const std::size_t bytes =
        std::min(static_cast<std::size_t>(end - at), pagesAtOnce * machinePageBytes);
    if (mincore(at, bytes, resident.data()) != 0) break;
    const std::span pages(resident.data(), bytes / machinePageBytes);
    const auto found = std::ranges::find_if(pages, [](auto page) { return (page & 1) != 0; });
    if (found != pages.end()) {
      deepest_ = at + static_cast<std::size_t>(found - pages.begin()) * machinePageBytes;
      break;
    }
    at += bytes;
  }
  return static_cast<std::size_t>(bottom_ + bytes_ - keptBytes - deepest_);
}

void NativeStack::release() noexcept {
  if (!known()) return;
  madvise(bottom_, bytes_ - keptBytes, MADV_DONTNEED);
  deepest_ = bottom_ + bytes_ - keptBytes;
}

}  // namespace troop::sandbox::wasm
