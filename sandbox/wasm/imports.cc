#include "sandbox/wasm/imports.h"

#include <cstring>
#include <utility>

#include "sandbox/wasm/signatures.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {

namespace {

Error notOffered() {
  return Error(ErrorKind::unimplemented, "not offered here");
}

}  // namespace

HostCalls::Reply HostCalls::call(std::uint32_t, std::uint64_t, std::uint16_t, Bytes,
                                 Handles) noexcept {
  return notOffered();
}
HostCalls::Reply HostCalls::pipeline(std::uint32_t, Path) noexcept {
  return notOffered();
}
HostCalls::Reply HostCalls::answer(std::uint32_t, Bytes, Handles) noexcept {
  return notOffered();
}
HostCalls::Reply HostCalls::fail(std::uint32_t, ErrorKind, std::string_view) noexcept {
  return notOffered();
}
HostCalls::Reply HostCalls::serve(std::uint32_t) noexcept {
  return notOffered();
}
Expected<void> HostCalls::release(std::uint32_t) noexcept {
  return notOffered();
}
Expected<void> HostCalls::finish(std::uint32_t) noexcept {
  return notOffered();
}
void HostCalls::log(troop_log_level, std::string_view) noexcept {}
std::int64_t HostCalls::clock(troop_clock_kind) noexcept {
  return 0;
}
std::int64_t HostCalls::entropy() noexcept {
  return 0;
}
Error HostCalls::abort(troop_abort_kind, std::string_view text) noexcept {
  return Error(ErrorKind::failed, std::string(text));
}
std::int32_t HostCalls::source(std::string_view, std::string_view) noexcept {
  return -1;
}
HostCalls::Bytes HostCalls::sourceBytes() noexcept {
  return {};
}

namespace {

// One call of a host function: its arguments, checked as they are taken, and its result.
class Frame {
 public:
  Frame(const char* name, Store& store, wasmtime_val_raw_t* values) noexcept
      : name_(name), store_(store), values_(values), memory_(store.memory()) {}

  HostCalls& calls() noexcept { return store_.calls(); }

  std::uint32_t word(std::size_t index) const noexcept {
    return static_cast<std::uint32_t>(values_[index].i32);
  }
  std::uint64_t longWord(std::size_t index) const noexcept {
    return static_cast<std::uint64_t>(values_[index].i64);
  }

  // An enumerator or another small number.
  std::uint32_t upTo(std::uint32_t largest, std::size_t index, const char* what) {
    const std::uint32_t value = word(index);
    if (value > largest) bad(what + (" " + std::to_string(value)) + " does not exist");
    return value;
  }

  // `count` elements at the pointer, which are arguments `index` and `index + 1`.
  template <typename T>
  std::span<const T> elements(std::size_t index, const char* what) {
    const std::uint64_t begin = word(index);
    const std::uint64_t bytes = std::uint64_t{word(index + 1)} * sizeof(T);
    if (begin > memory_.size() || bytes > memory_.size() - begin) {
      bad(std::string(what) + " lies outside memory");
      return {};
    }
    if (begin % alignof(T) != 0) {
      bad(std::string(what) + " is not aligned");
      return {};
    }
    return {reinterpret_cast<const T*>(memory_.data() + begin), word(index + 1)};
  }

  std::string_view text(std::size_t index, const char* what) {
    const auto characters = elements<char>(index, what);
    return {characters.data(), characters.size()};
  }

  std::span<std::byte> writable(std::size_t index, std::size_t bytes, const char* what) {
    const std::uint64_t begin = word(index);
    if (begin <= memory_.size() && bytes <= memory_.size() - begin)
      return memory_.subspan(begin, bytes);
    bad(std::string(what) + " lies outside memory");
    return {};
  }

  bool good() const noexcept { return !ended_; }
  void bad(const std::string& reason) {
    end(Error(ErrorKind::failed, "bad host call " + std::string(name_) + ": " + reason));
  }
  void end(Error cause) {
    ended_ = true;
    store_.endWith(std::move(cause));
  }

  void give(const HostCalls::Reply& reply) {
    if (reply.failed()) return bad(reply.error().reason());
    values_[0].i32 = reply.value();
  }
  void give(const Expected<void>& reply) {
    if (reply.failed()) bad(reply.error().reason());
  }
  void give(std::int32_t value) noexcept { values_[0].i32 = value; }
  void give(std::int64_t value) noexcept { values_[0].i64 = value; }

 private:
  const char* name_;
  Store& store_;
  wasmtime_val_raw_t* values_;
  std::span<std::byte> memory_;
  bool ended_ = false;
};

void call(Frame& frame) {
  const std::uint32_t method = frame.upTo(0xffff, 2, "method");
  const auto message = frame.elements<std::byte>(3, "the message");
  const auto handles = frame.elements<std::uint32_t>(5, "the list of capabilities");
  if (!frame.good()) return;
  frame.give(frame.calls().call(frame.word(0), frame.longWord(1),
                                static_cast<std::uint16_t>(method), message, handles));
}

void pipeline(Frame& frame) {
  const auto path = frame.elements<std::uint16_t>(1, "the path");
  if (frame.good()) frame.give(frame.calls().pipeline(frame.word(0), path));
}

void answer(Frame& frame) {
  const auto message = frame.elements<std::byte>(1, "the message");
  const auto handles = frame.elements<std::uint32_t>(3, "the list of capabilities");
  if (frame.good()) frame.give(frame.calls().answer(frame.word(0), message, handles));
}

void fail(Frame& frame) {
  const std::uint32_t kind = frame.upTo(troop_unimplemented, 1, "error kind");
  const std::string_view text = frame.text(2, "the text");
  if (frame.good())
    frame.give(frame.calls().fail(frame.word(0), static_cast<ErrorKind>(kind), text));
}

void serve(Frame& frame) {
  frame.give(frame.calls().serve(frame.word(0)));
}

void release(Frame& frame) {
  frame.give(frame.calls().release(frame.word(0)));
}

void finish(Frame& frame) {
  frame.give(frame.calls().finish(frame.word(0)));
}

void log(Frame& frame) {
  const std::uint32_t level = frame.upTo(troop_log_error, 0, "level");
  const std::string_view text = frame.text(1, "the text");
  if (frame.good()) frame.calls().log(static_cast<troop_log_level>(level), text);
}

void clock(Frame& frame) {
  const std::uint32_t kind = frame.upTo(troop_clock_monotonic, 0, "clock");
  if (frame.good()) frame.give(frame.calls().clock(static_cast<troop_clock_kind>(kind)));
}

void entropy(Frame& frame) {
  frame.give(frame.calls().entropy());
}

void abort(Frame& frame) {
  const std::uint32_t kind = frame.upTo(troop_abort_stack, 0, "abort kind");
  if (kind == 0) return frame.bad("abort kind 0 does not exist");
  const std::string_view text = frame.text(1, "the text");
  if (frame.good()) frame.end(frame.calls().abort(static_cast<troop_abort_kind>(kind), text));
}

void source(Frame& frame) {
  const std::string_view specifier = frame.text(0, "the specifier");
  const std::string_view referrer = frame.text(2, "the referrer");
  if (frame.good()) frame.give(frame.calls().source(specifier, referrer));
}

void sourceCopy(Frame& frame) {
  const HostCalls::Bytes bytes = frame.calls().sourceBytes();
  const auto destination = frame.writable(0, bytes.size(), "the destination");
  if (frame.good() && !bytes.empty()) std::memcpy(destination.data(), bytes.data(), bytes.size());
}

struct Function {
  const char* name;
  void (*body)(Frame&);
};

constexpr Function functions[] = {
    {"call", call},
    {"pipeline", pipeline},
    {"answer", answer},
    {"fail", fail},
    {"serve", serve},
    {"release", release},
    {"finish", finish},
    {"log", log},
    {"clock", clock},
    {"entropy", entropy},
    {"abort", abort},
    {"source", source},
    {"sourceCopy", sourceCopy},
};

wasm_trap_t* enter(void* data, wasmtime_caller_t* caller, wasmtime_val_raw_t* values, std::size_t) {
  const Function& function = *static_cast<const Function*>(data);
  Store& store = Store::of(caller);
  Frame frame(function.name, store, values);
  try {
    function.body(frame);
  } catch (const std::exception& error) {
    frame.end(Error(ErrorKind::overloaded,
                    std::string("the host could not serve the guest: ") + error.what(),
                    ErrorDetail::memory));
  } catch (...) {
    frame.end(Error(ErrorKind::failed, "a host function failed"));
  }
  if (frame.good()) return nullptr;
  constexpr std::string_view text = "ended by a host function";
  return wasmtime_trap_new(text.data(), text.size());
}

}  // namespace

Imports::Imports(Engine& engine) : linker_(wasmtime_linker_new(engine.get())) {
  constexpr std::string_view module = TROOP_ABI_MODULE;
  for (const Function& function : functions) {
    const Signature& signature = *importSignature(function.name);
    wasm_functype_t* type = typeOf(signature);
    wasmtime_error_t* error = wasmtime_linker_define_func_unchecked(
        linker_.get(), module.data(), module.size(), signature.name.data(), signature.name.size(),
        type, enter, const_cast<Function*>(&function), nullptr);
    wasm_functype_delete(type);
    if (error != nullptr) throw Error(ErrorKind::failed, takeCause(error));
  }
}

Prepared Imports::prepare(const Module& module) const {
  wasmtime_instance_pre_t* prepared = nullptr;
  if (wasmtime_error_t* error =
          wasmtime_linker_instantiate_pre(linker_.get(), module.get(), &prepared)) {
    throw Error(ErrorKind::failed, module.name() + ": " + takeCause(error), ErrorDetail::none,
                Executed::no);
  }
  return Prepared(prepared);
}

}  // namespace troop::sandbox::wasm
