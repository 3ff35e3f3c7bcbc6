// The Engine compiles Wasm and carries its guests: it owns the code generator's configuration, the
// pool of address space that guests live in, and the ticker that takes carriers back from them.
//
// Ownership: the Host; modules, stores and images must be gone before it. Threads: any.
// Limits: what the machine cannot carry (mappings, address space) is refused by the constructor
// with an Error (overloaded) that names the setting. Guests beyond guestsMax fail to start, one by
// one.
//
//   Engine engine({.guestsMax = 1000});
//   Ref<Module> module = Module::compile(engine, wasm);
//   Engine::Turn turn(engine);              // the ticker ticks while Wasm runs
#pragma once

#include <wasmtime.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/time.h"
#include "sandbox/usage.h"
#include "sandbox/wasm/native-stack.h"

namespace troop::sandbox::wasm {

inline constexpr Duration epochTick = preemptionTick;

// A linear memory is never larger: 32 bits of address, all of it reserved, so that no access is
// checked.
inline constexpr std::size_t memoryBytesMax = std::size_t{4} << 30;
inline constexpr std::size_t pageBytes = std::size_t{64} << 10;

// Native stack for compiled Wasm. Large because deeply nested data makes an interpreter recurse in
// places where it does not count depth, and should reach the interpreter's own limit first.
inline constexpr std::size_t wasmStackBytesMax = std::size_t{4} << 20;
// The host functions of a guest run on the same stack, above what Wasm may use.
inline constexpr std::size_t hostStackBytes = std::size_t{1} << 20;

inline constexpr std::size_t tableElementsMax = 20'000;

class Engine {
 public:
  struct Options {
    unsigned guestsMax = 1000;  // 1 to 20'000; living ones, and images being made
  };

  explicit Engine(Options options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  wasm_engine_t* get() const noexcept { return engine_.get(); }
  unsigned guestsMax() const noexcept { return guestsMax_; }

  // No other Engine of this OS process ever has the same.
  std::uint64_t id() const noexcept { return id_; }

  // How often the ticker has ticked. A slice that has seen it change is over.
  std::uint64_t ticks() const noexcept { return ticks_.load(std::memory_order_relaxed); }

  // Names everything that compiled code depends on: engine version, processor, configuration.
  const std::string& fingerprint() const noexcept { return fingerprint_; }

  // Where compiled code runs.
  const NativeStacks& stacks() const noexcept { return *stacks_; }

  // Room for one instance, for as long as it exists; throws Error (overloaded) when guestsMax
  // exist.
  class Place {
   public:
    explicit Place(Engine& engine);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Engine& engine_;
  };

  // While one exists some guest runs, so the ticker ticks. Cheap to make and to drop.
  class Turn {
   public:
    explicit Turn(Engine& engine) noexcept : engine_(engine) { engine_.beginTurn(); }
    ~Turn() { engine_.endTurn(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Engine& engine_;
  };

 private:
  struct Delete {
    void operator()(wasm_engine_t* engine) const noexcept { wasm_engine_delete(engine); }
  };

  void beginTurn() noexcept;
  void endTurn() noexcept;
  void tick();

  const std::uint64_t id_;
  const unsigned guestsMax_;
  std::unique_ptr<wasm_engine_t, Delete> engine_;
  std::optional<NativeStacks> stacks_;  // once there is an engine
  std::string fingerprint_;

  std::atomic<unsigned> places_{0};
  std::atomic<std::uint64_t> ticks_{0};

  // Turns that exist now. The ticker sleeps without a timeout at zero; see engine.cc for the order.
  std::atomic<unsigned> turns_{0};
  std::atomic<bool> idle_{true};

  std::mutex mutex_;
  std::condition_variable wakeup_;
  bool stop_ = false;   // under mutex_
  std::thread ticker_;  // last: it uses everything above
};

// Throws Error (overloaded) where a kernel that gives a process so many mappings does not carry so
// many guests.
void refuseTooManyMappings(unsigned guestsMax, std::size_t mappings);

// An engine that compiles the same code, without anything around it; for the caller to delete.
wasm_engine_t* newEngine(unsigned guestsMax);

// Errors and traps of the engine as text; both are consumed. The engine reports causes one below
// the other: a report has them all, a cause is the innermost one, on one line.
std::string takeReport(wasmtime_error_t* error);
std::string takeCause(wasmtime_error_t* error);
std::string takeCause(wasm_trap_t* trap);

}  // namespace troop::sandbox::wasm
