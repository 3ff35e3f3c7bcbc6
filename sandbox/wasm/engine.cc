#include "sandbox/wasm/engine.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/printable.h"

namespace troop::sandbox::wasm {

namespace {

constexpr unsigned guestsMaxMax = 20'000;
constexpr std::size_t machinePageBytes = 4096;

// What one guest takes of the kernel's list of mappings, measured with a guest that uses its image,
// grows its memory and runs: its memory in up to four pieces, its stack and the guard below it.
constexpr std::size_t mappingsPerGuest = 6;
// What the rest of a process needs: libraries, heaps, stacks of Tasks that are guarded one by one.
constexpr std::size_t mappingsOfHost = 4096;

// Ticks without a guest after which the ticker sleeps until there is one.
constexpr int idleTicksMax = 8;

// The least that the kernel gives.
constexpr Duration sliceOfTicker = 100us;

constexpr std::size_t guardBytes = std::size_t{32} << 20;
constexpr std::size_t asyncStackBytes = wasmStackBytesMax + hostStackBytes;

std::size_t mappingsOfMachine() {
  std::size_t count = 65'530;
  std::ifstream("/proc/sys/vm/max_map_count") >> count;
  return count;
}

// The engine ends the process when it cannot reserve its pool, so ask the kernel first.
bool canReserve(std::size_t bytes) {
  void* place = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) return false;
  munmap(place, bytes);
  return true;
}

void refuseWhatCannotBeCarried(unsigned guestsMax) {
  if (guestsMax == 0 || guestsMax > guestsMaxMax) {
    throw Error(ErrorKind::failed, "guestsMax is " + std::to_string(guestsMax) +
                                       ", but must be 1 to " + std::to_string(guestsMaxMax));
  }
  refuseTooManyMappings(guestsMax, mappingsOfMachine());
  const std::size_t bytes =
      guestsMax * (memoryBytesMax + guardBytes + asyncStackBytes + machinePageBytes) + guardBytes;
  if (!canReserve(bytes)) {
    throw Error(ErrorKind::overloaded,
                "guestsMax is " + std::to_string(guestsMax) + ", which needs " +
                    std::to_string(bytes >> 30) +
                    " GiB of address space, but this process may not reserve them (ulimit -v)",
                ErrorDetail::memory, Executed::no);
  }
}

wasm_config_t* configuration(unsigned guestsMax) {
  wasm_config_t* config = wasm_config_new();
  wasmtime_config_epoch_interruption_set(config, true);
  wasmtime_config_max_wasm_stack_set(config, wasmStackBytesMax);
  wasmtime_config_async_stack_size_set(config, asyncStackBytes);

  // The core language as compilers emit it; nothing that shares memory or that has no limit here.
  wasmtime_config_wasm_threads_set(config, false);
  wasmtime_config_shared_memory_set(config, false);
  wasmtime_config_wasm_gc_set(config, false);
  wasmtime_config_wasm_function_references_set(config, false);
  wasmtime_config_wasm_exceptions_set(config, false);
  wasmtime_config_gc_support_set(config, false);
  wasmtime_config_wasm_memory64_set(config, false);
  wasmtime_config_wasm_multi_memory_set(config, false);
  wasmtime_config_wasm_component_model_set(config, false);
  wasmtime_config_wasm_relaxed_simd_deterministic_set(config, true);

  wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
  // Compiling is work that a guest causes: it takes the OS thread that asked for it, never the
  // whole machine.
  wasmtime_config_parallel_compilation_set(config, false);
  // Nothing unwinds through guests.
  wasmtime_config_native_unwind_info_set(config, false);

  wasmtime_config_memory_reservation_set(config, memoryBytesMax);
  wasmtime_config_memory_guard_size_set(config, guardBytes);
  wasmtime_config_memory_may_move_set(config, false);
  wasmtime_config_memory_init_cow_set(config, true);

  wasmtime_pooling_allocation_config_t* pool = wasmtime_pooling_allocation_config_new();
  wasmtime_pooling_allocation_config_total_core_instances_set(pool, guestsMax);
  wasmtime_pooling_allocation_config_total_memories_set(pool, guestsMax);
  wasmtime_pooling_allocation_config_total_tables_set(pool, guestsMax);
  wasmtime_pooling_allocation_config_total_stacks_set(pool, guestsMax);
  wasmtime_pooling_allocation_config_total_gc_heaps_set(pool, 0);
  wasmtime_pooling_allocation_config_max_memory_size_set(pool, memoryBytesMax);
  wasmtime_pooling_allocation_config_table_elements_set(pool, tableElementsMax);
  wasmtime_pooling_allocation_strategy_set(config, pool);
  wasmtime_pooling_allocation_config_delete(pool);
  return config;
}

// What the ticker does takes microseconds, but a tick that is late is a guest that runs on past its
// limits: so it asks for short slices, which lets it in before carriers that are busy, and for no
// slack. A kernel that offers neither gives it what all threads get.
void becomePunctual() noexcept {
  struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = 0;  // SCHED_OTHER
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  // nanoseconds; of a slice
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) == 0) {
    attributes.runtime = Duration(sliceOfTicker).count();
    syscall(SYS_sched_setattr, 0, &attributes, 0);
  }
  prctl(PR_SET_TIMERSLACK, 1UL);
}

std::uint64_t nextId() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::string describeConfiguration() {
  // The engine itself refuses compiled code of other configurations; this keeps it from having to.
  return "wasmtime " WASMTIME_VERSION
         " speed epochs simd-deterministic no-threads no-gc reserve-4GiB abi-1 checkpoints-2";
}

}  // namespace

void refuseTooManyMappings(unsigned guestsMax, std::size_t mappings) {
  if (mappingsOfHost + guestsMax * mappingsPerGuest > mappings) {
    const std::size_t carried =
        mappings > mappingsOfHost ? (mappings - mappingsOfHost) / mappingsPerGuest : 0;
    throw Error(ErrorKind::overloaded,
                "guestsMax is " + std::to_string(guestsMax) +
                    ", but vm.max_map_count = " + std::to_string(mappings) + " carries at most " +
                    std::to_string(carried) + " guests; lower the one or raise the other",
                ErrorDetail::quota, Executed::no);
  }
}

wasm_engine_t* newEngine(unsigned guestsMax) {
  return wasm_engine_new_with_config(configuration(guestsMax));
}

Engine::Engine(Options options)
    : id_(nextId()), guestsMax_(options.guestsMax), fingerprint_(describeConfiguration()) {
  refuseWhatCannotBeCarried(options.guestsMax);
  engine_.reset(newEngine(options.guestsMax));
  stacks_.emplace(engine_.get(), asyncStackBytes);
  ticker_ = std::thread([this] { tick(); });
}

Engine::~Engine() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wakeup_.notify_all();
  ticker_.join();
}

// A Turn first counts itself, then looks whether the ticker is idle; the ticker first says that it
// is idle, then looks for Turns. Both are seq_cst, so at least one of them sees the other.
void Engine::beginTurn() noexcept {
  turns_.fetch_add(1);
  if (!idle_.load()) return;
  {
    std::lock_guard lock(mutex_);
    idle_.store(false);
  }
  wakeup_.notify_all();
}

void Engine::endTurn() noexcept {
  // Relaxed: an outdated count costs the ticker a tick, nothing else.
  turns_.fetch_sub(1, std::memory_order_relaxed);
}

void Engine::tick() {
  becomePunctual();
  int idleTicks = 0;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (idle_.load()) {
      wakeup_.wait(lock);
      idleTicks = 0;
      continue;
    }
    wakeup_.wait_for(lock, epochTick, [&] { return stop_; });
    wasmtime_engine_increment_epoch(engine_.get());
    ticks_.fetch_add(1, std::memory_order_relaxed);
    idleTicks = turns_.load(std::memory_order_relaxed) == 0 ? idleTicks + 1 : 0;
    if (idleTicks > idleTicksMax) {
      idle_.store(true);
      if (turns_.load() != 0) idle_.store(false);
      idleTicks = 0;
    }
  }
}

Engine::Place::Place(Engine& engine) : engine_(engine) {
  if (engine_.places_.fetch_add(1, std::memory_order_relaxed) < engine_.guestsMax_) return;
  engine_.places_.fetch_sub(1, std::memory_order_relaxed);
  throw Error(ErrorKind::overloaded,
              "as many guests exist as this host carries, guestsMax is " +
                  std::to_string(engine_.guestsMax_),
              ErrorDetail::quota, Executed::no);
}

Engine::Place::~Place() {
  engine_.places_.fetch_sub(1, std::memory_order_relaxed);
}

namespace {

// Modules choose the names of what is wrong with them.
constexpr std::size_t causeBytesMax = std::size_t{4} << 10;

std::string innermostCause(std::string_view report) {
  constexpr std::string_view heading = "Caused by:\n";
  if (const std::size_t causes = report.find(heading); causes != std::string_view::npos) {
    report.remove_prefix(causes + heading.size());
  }
  // Several causes are numbered, each on lines of its own: "    2: type mismatch".
  for (std::size_t colon = report.rfind(": "); colon != std::string_view::npos && colon > 0;
       colon = report.rfind(": ", colon - 1)) {
    const std::size_t lineBegin = report.rfind('\n', colon) + 1;  // 0 where there is none
    const std::string_view number = report.substr(lineBegin, colon - lineBegin);
    if (number.starts_with("   ") &&
        number.find_first_not_of(" 0123456789") == std::string_view::npos) {
      report.remove_prefix(colon + 2);
      break;
    }
  }
  std::string line;
  for (char c : report) {
    if (c != '\n') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  line.erase(0, std::min(line.size(), line.find_first_not_of(' ')));
  line.erase(line.find_last_not_of(' ') + 1);
  return printable(line, causeBytesMax);
}

}  // namespace

std::string takeReport(wasmtime_error_t* error) {
  wasm_name_t message;
  wasmtime_error_message(error, &message);
  std::string text(message.data, message.size);
  wasm_byte_vec_delete(&message);
  wasmtime_error_delete(error);
  return text;
}

std::string takeCause(wasmtime_error_t* error) {
  return innermostCause(takeReport(error));
}

std::string takeCause(wasm_trap_t* trap) {
  wasm_message_t message;
  wasm_trap_message(trap, &message);
  // The message is a C string, with its end counted.
  std::string text(message.data, message.size == 0 ? 0 : message.size - 1);
  wasm_byte_vec_delete(&message);
  wasm_trap_delete(trap);
  return innermostCause(text);
}

}  // namespace troop::sandbox::wasm
