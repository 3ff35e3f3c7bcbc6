#include "sandbox/wasm/store.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime/units.h"

namespace troop::sandbox::wasm {

namespace {

// Anew for whatever begins: while a guest rests ticks go by, which are not its own.
constexpr std::uint64_t ticksPerTurn = 1;

// Linear memory that is given back at once: less than a millisecond of the kernel's time.
constexpr std::size_t releaseBytesMax = std::size_t{4} << 20;

// Compilers that keep a stack in linear memory name the global that says how deep it is, and put
// the stack first, so that what overflows is beyond the last address.
constexpr std::string_view stackPointer = "__stack_pointer";
// What a function that calls nobody uses below the pointer, without moving it.
constexpr std::int32_t redZoneBytes = 128;

Error stackReached(std::size_t bytes) {
  return Error(ErrorKind::overloaded, "stack " + describeBytes(bytes) + " reached",
               ErrorDetail::stack);
}

}  // namespace

Store::Store(Engine& engine, HostCalls& calls)
    : engine_(engine),
      place_(engine),
      calls_(calls),
      store_(wasmtime_store_new(engine.get(), this, nullptr)),
      context_(wasmtime_store_context(store_.get())) {
  wasmtime_store_limiter(store_.get(), 0, tableElementsMax, 1, 1, 1);
  wasmtime_store_epoch_deadline_callback(store_.get(), epochReached, this, nullptr);
}

Store::~Store() {
  future_.reset();
  stack_.release();
  if (trap_ != nullptr) wasm_trap_delete(trap_);
  if (error_ != nullptr) wasmtime_error_delete(error_);
}

// The engine looks at the limits anew each time that a memory grows, so they may be replaced
// whenever it is not just doing that: between two polls, and in a host function.
void Store::limitMemory(std::size_t bytes) noexcept {
  if (bytes == memoryLimit_) return;
  memoryLimit_ = bytes;
  wasmtime_store_limiter(store_.get(), static_cast<std::int64_t>(bytes), tableElementsMax, 1, 1, 1);
}

// The first thing that ever runs comes to epochReached() at once, which finds out where it runs.
// Later a store runs on the same stack.
void Store::beginTurn() noexcept {
  wasmtime_context_set_epoch_deadline(context_, stack_.known() ? ticksPerTurn : 0);
}

// On the guest's stack. One that is due gives its carrier back, and gets a whole tick when it is
// polled again.
wasmtime_error_t* Store::epochReached(const wasmtime_context_t*, void* store, std::uint64_t* ticks,
                                      wasmtime_update_deadline_kind_t* kind) {
  Store& self = *static_cast<Store*>(store);
  *ticks = ticksPerTurn;
  *kind = self.stack_.known() ? WASMTIME_UPDATE_DEADLINE_YIELD : WASMTIME_UPDATE_DEADLINE_CONTINUE;
  if (!self.stack_.known()) self.stack_ = self.engine_.stacks().at(__builtin_frame_address(0));
  return nullptr;
}

void Store::beginInstance(const wasmtime_instance_pre_t* prepared) {
  assert(!running() && !instantiated_);
  beginTurn();
  future_.reset(
      wasmtime_instance_pre_instantiate_async(prepared, context_, &instance_, &trap_, &error_));
}

std::span<std::byte> Store::memory() noexcept {
  if (!instantiated_) return {};
  return {reinterpret_cast<std::byte*>(wasmtime_memory_data(context_, &memory_)), memoryBytes()};
}

std::size_t Store::memoryBytes() noexcept {
  return instantiated_ ? wasmtime_memory_data_size(context_, &memory_) : 0;
}

bool Store::growMemory(std::size_t bytes) noexcept {
  assert(!running() && instantiated_ && bytes % pageBytes == 0);
  const std::size_t now = memoryBytes();
  if (bytes <= now) return true;
  std::uint64_t pagesBefore = 0;
  wasmtime_error_t* error =
      wasmtime_memory_grow(context_, &memory_, (bytes - now) / pageBytes, &pagesBefore);
  if (error != nullptr) wasmtime_error_delete(error);
  return error == nullptr;
}

bool Store::releaseMemory() noexcept {
  if (!dead()) endWith(Error(ErrorKind::disconnected, "was released", ErrorDetail::killed));
  future_.reset();
  const std::span<std::byte> left = memory().subspan(memoryReleased_);
  const std::span<std::byte> piece = left.first(std::min(left.size(), releaseBytesMax));
  if (piece.empty()) return false;
  madvise(piece.data(), piece.size(), MADV_DONTNEED);
  memoryReleased_ += piece.size();
  return true;
}

std::optional<Store::Function> Store::function(std::string_view name) {
  wasmtime_extern_t item;
  if (!instantiated_ ||
      !wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &item) ||
      item.kind != WASMTIME_EXTERN_FUNC) {
    return std::nullopt;
  }
  wasm_functype_t* type = wasmtime_func_type(context_, &item.of.func);
  const Function function{item.of.func, wasm_functype_results(type)->size};
  wasm_functype_delete(type);
  return function;
}

std::optional<wasmtime_global_t> Store::global(std::string_view name) {
  wasmtime_extern_t item;
  if (!instantiated_ ||
      !wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &item) ||
      item.kind != WASMTIME_EXTERN_GLOBAL) {
    return std::nullopt;
  }
  return item.of.global;
}

void Store::begin(const Function& function, std::initializer_list<std::int32_t> arguments) {
  assert(!running() && instantiated_ && arguments.size() <= argumentsMax && function.results <= 1);
  if (dead()) return;
  function_ = function;
  std::size_t count = 0;
  for (std::int32_t argument : arguments) {
    arguments_[count].kind = WASMTIME_I32;
    arguments_[count].of.i32 = argument;
    ++count;
  }
  result_.kind = WASMTIME_I32;
  result_.of.i32 = 0;
  beginTurn();
  future_.reset(wasmtime_func_call_async(context_, &function_.handle, arguments_.data(), count,
                                         &result_, function_.results, &trap_, &error_));
}

Store::Progress Store::poll() noexcept {
  if (future_ == nullptr) return Progress::died;
  {
    const Engine::Turn turn(engine_);
    if (!wasmtime_call_future_poll(future_.get())) return Progress::yielded;
  }
  future_.reset();
  conclude();
  return dead() ? Progress::died : Progress::returned;
}

void Store::conclude() {
  // A host function that ended the guest knows the cause better than the trap that it raised.
  wasm_trap_t* trap = std::exchange(trap_, nullptr);
  wasmtime_error_t* error = std::exchange(error_, nullptr);
  if (trap != nullptr) {
    endWith(causeOfTrap(trap));
  } else if (error != nullptr) {
    endWith(Error(ErrorKind::failed, takeCause(error)));
  } else if (!instantiated_) {
    wasmtime_extern_t item;
    const std::string_view name = TROOP_ABI_MEMORY;
    if (!wasmtime_instance_export_get(context_, &instance_, name.data(), name.size(), &item)) {
      endWith(Error(ErrorKind::failed, "the module exports no memory"));
      return;
    }
    memory_ = item.of.memory;
    instantiated_ = true;
    stackBytes_ = valueOfStackPointer().value_or(0);
  }
}

// A guest may say what it likes by its stack pointer: all that follows is the text of its end.
Error Store::causeOfTrap(wasm_trap_t* trap) {
  wasmtime_trap_code_t code = 0;
  const bool coded = wasmtime_trap_code(trap, &code);
  std::string text = takeCause(trap);
  if (coded && code == WASMTIME_TRAP_CODE_STACK_OVERFLOW) return stackReached(wasmStackBytesMax);
  if (coded && code == WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS && stackBytes_ > 0 &&
      valueOfStackPointer().value_or(redZoneBytes) < redZoneBytes) {
    return stackReached(static_cast<std::size_t>(stackBytes_));
  }
  return Error(ErrorKind::failed, std::move(text));
}

std::optional<std::int32_t> Store::valueOfStackPointer() {
  const std::optional<wasmtime_global_t> pointer = global(stackPointer);
  if (!pointer) return std::nullopt;
  wasmtime_val_t value;
  wasmtime_global_get(context_, &*pointer, &value);
  if (value.kind == WASMTIME_I32) return value.of.i32;
  wasmtime_val_unroot(&value);
  return std::nullopt;
}

Expected<std::int32_t> Store::finish(Time deadline) {
  while (running()) {
    if (poll() != Progress::yielded) break;
    if (now() >= deadline) {
      future_.reset();
      endWith(Error(ErrorKind::overloaded, "took longer than it may", ErrorDetail::cpu));
    }
  }
  if (dead()) return cause();
  return result();
}

Store& Store::of(wasmtime_caller_t* caller) noexcept {
  return *static_cast<Store*>(wasmtime_context_get_data(wasmtime_caller_context(caller)));
}

void Store::endWith(Error cause) noexcept {
  if (!cause_) cause_ = std::move(cause);
}

}  // namespace troop::sandbox::wasm
