// The functions that a guest can ask its host for: HostCalls says what they do, Imports puts them
// in front of a module, with every pointer checked and no exception let through.
//
// Ownership: Imports belongs to the Host and outlives what it prepared; a HostCalls belongs to
// whoever made the store. Threads: Imports any; a HostCalls is called by whoever polls its store,
// on the guest's own stack: it must not wait, must not throw, and should not run code of others.
// Errors: a HostCalls function that returns an Error ends the guest with "bad host call NAME:
// reason".
//
//   Imports imports(engine);
//   Prepared prepared = imports.prepare(*module);  // throws if the module asks for something else
//   Store store(engine, hostCalls);                // sandbox/wasm/store.h
#pragma once

#include <wasmtime.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::wasm {

// The host's side of the ABI. All views are of guest memory, checked, and valid during the call
// only. What a derived class does not offer ends a guest that asks for it.
class HostCalls {
 public:
  using Bytes = std::span<const std::byte>;
  using Handles = std::span<const std::uint32_t>;
  using Path = std::span<const std::uint16_t>;
  using Reply = Expected<std::int32_t>;

  virtual ~HostCalls() = default;

  virtual Reply call(std::uint32_t capability, std::uint64_t interfaceId, std::uint16_t method,
                     Bytes message, Handles handles) noexcept;
  virtual Reply pipeline(std::uint32_t question, Path path) noexcept;
  virtual Reply answer(std::uint32_t call, Bytes message, Handles handles) noexcept;
  virtual Reply fail(std::uint32_t call, ErrorKind kind, std::string_view reason) noexcept;
  virtual Reply serve(std::uint32_t object) noexcept;
  virtual Expected<void> release(std::uint32_t capability) noexcept;
  virtual Expected<void> finish(std::uint32_t question) noexcept;
  virtual void log(troop_log_level level, std::string_view text) noexcept;
  virtual std::int64_t clock(troop_clock_kind kind) noexcept;
  virtual std::int64_t entropy() noexcept;

  // The guest gives up; the Error that is returned becomes the cause of its end.
  virtual Error abort(troop_abort_kind kind, std::string_view text) noexcept;

  // Finds a module's source; -1 if there is none, else the bytes that sourceCopy() will write, all
  // of them.
  virtual std::int32_t source(std::string_view specifier, std::string_view referrer) noexcept;
  virtual Bytes sourceBytes() noexcept;
};

// A module with its imports resolved, ready to be instantiated; may be instantiated many times at
// once.
struct DeletePrepared {
  void operator()(wasmtime_instance_pre_t* prepared) const noexcept {
    wasmtime_instance_pre_delete(prepared);
  }
};
using Prepared = std::unique_ptr<wasmtime_instance_pre_t, DeletePrepared>;

class Imports {
 public:
  explicit Imports(Engine& engine);

  // Throws Error (failed) when the module imports what the ABI does not offer.
  Prepared prepare(const Module& module) const;

 private:
  struct Delete {
    void operator()(wasmtime_linker_t* linker) const noexcept { wasmtime_linker_delete(linker); }
  };
  std::unique_ptr<wasmtime_linker_t, Delete> linker_;
};

}  // namespace troop::sandbox::wasm
