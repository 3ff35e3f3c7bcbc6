// A Store is one instance of a module with everything that belongs to it: linear memory, globals,
// and the one activation that may be under way.
//
// Ownership: an Instance, or whoever makes an image. Threads: one at a time, any.
// Limits: linear memory by limitMemory(); native stack by wasmStackBytesMax. Calls run in turns:
// poll() returns after epochTick at most, unless a bulk memory operation takes longer. Errors: the
// constructor throws Error (overloaded) when the Engine has no room; a trap or an engine error ends
// the instance: cause() says why, and nothing can be called any more.
// Misuse: beginning something while something is under way; moving a Store.
//
//   Store store(engine, hostCalls);
//   store.limitMemory(32_MiB);
//   store.beginInstance(prepared.get());
//   if (store.finish()) store.begin(*store.function("troop_alloc"), {64});
//   Expected<std::int32_t> pointer = store.finish();
#pragma once

#include <wasmtime.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/native-stack.h"

namespace troop::sandbox::wasm {

class Store {
 public:
  Store(Engine& engine, HostCalls& calls);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // How far linear memory may grow from now on; also between two polls, and in a host function.
  void limitMemory(std::size_t bytes) noexcept;

  // Starts making the instance; poll() then runs it, with the module's start function, if it has
  // one. `prepared` must outlive the Store.
  void beginInstance(const wasmtime_instance_pre_t* prepared);

  // Linear memory as it is now: it moves never, but grows whenever the guest runs.
  std::span<std::byte> memory() noexcept;
  std::size_t memoryBytes() noexcept;
  // Makes linear memory this large, in whole pages; false: it may not be. Not while something is
  // under way.
  bool growMemory(std::size_t bytes) noexcept;

  struct Function {
    wasmtime_func_t handle;
    std::size_t results;
  };

  // The native stack that its code runs on; unknown until code has run.
  NativeStack& stack() noexcept { return stack_; }

  // Gives part of its linear memory back, so that destroying it takes no longer than a turn; false
  // when all of it is back. What was begun is given up; nothing can be called any more.
  bool releaseMemory() noexcept;

  // An exported function or global of the instance.
  std::optional<Function> function(std::string_view name);
  std::optional<wasmtime_global_t> global(std::string_view name);
  wasmtime_context_t* context() noexcept { return context_; }

  // Starts a call; poll() then runs it.
  void begin(const Function& function, std::initializer_list<std::int32_t> arguments);
  bool running() const noexcept { return future_ != nullptr; }

  enum class Progress : unsigned char {
    yielded,   // its turn is over; poll again
    returned,  // result() has what it returned
    died,      // cause() says why
  };
  Progress poll() noexcept;

  // What the call returned; 0 for functions without a result.
  std::int32_t result() const noexcept { return result_.of.i32; }

  // Why the instance died; kind and detail tell traps apart: stack, memory, or neither.
  bool dead() const noexcept { return cause_.has_value(); }
  const Error& cause() const { return *cause_; }

  // Runs to its end what was begun, on the calling OS thread; past the deadline the instance dies.
  Expected<std::int32_t> finish(Time deadline = never);

  // The store that a host function was called from.
  static Store& of(wasmtime_caller_t* caller) noexcept;
  HostCalls& calls() noexcept { return calls_; }
  // A host function ends the guest with this cause.
  void endWith(Error cause) noexcept;

 private:
  struct Delete {
    void operator()(wasmtime_store_t* store) const noexcept { wasmtime_store_delete(store); }
    void operator()(wasmtime_call_future_t* future) const noexcept {
      wasmtime_call_future_delete(future);
    }
  };

  void beginTurn() noexcept;
  static wasmtime_error_t* epochReached(const wasmtime_context_t* context, void* store,
                                        std::uint64_t* ticks,
                                        wasmtime_update_deadline_kind_t* kind);
  void conclude();
  Error causeOfTrap(wasm_trap_t* trap);
  // Of the stack in linear memory; none where the module does not export it.
  std::optional<std::int32_t> valueOfStackPointer();

  static constexpr std::size_t argumentsMax = 6;

  Engine& engine_;
  Engine::Place place_;
  HostCalls& calls_;
  std::unique_ptr<wasmtime_store_t, Delete> store_;
  wasmtime_context_t* context_ = nullptr;
  wasmtime_instance_t instance_{};
  wasmtime_memory_t memory_{};
  bool instantiated_ = false;
  std::int32_t stackBytes_ = 0;  // in linear memory; 0: unknown
  std::size_t memoryLimit_ = 0;
  std::size_t memoryReleased_ = 0;
  NativeStack stack_;

  // What a call under way refers to: it must not move until future_ is gone.
  Function function_{};
  std::array<wasmtime_val_t, argumentsMax> arguments_{};
  wasmtime_val_t result_{};
  wasm_trap_t* trap_ = nullptr;
  wasmtime_error_t* error_ = nullptr;
  std::unique_ptr<wasmtime_call_future_t, Delete> future_;

  std::optional<Error> cause_;
};

}  // namespace troop::sandbox::wasm
