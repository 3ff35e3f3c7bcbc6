#include "sandbox/js/bake/bake-engine.h"

#include <optional>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/js/bake/baked-module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::js {

namespace {

constexpr std::string_view bakeExport = "troop_js_bake";
constexpr std::string_view publicModule = "troop";
constexpr std::string_view publicFile = "troop.js";
constexpr std::size_t memoryBytesMax = std::size_t{64} << 20;

// Answers for the prelude's modules, and for nothing else.
class PreludeSources : public wasm::HostCalls {
 public:
  explicit PreludeSources(const Prelude& prelude) : prelude_(prelude) {}

  std::int32_t source(std::string_view specifier, std::string_view) noexcept override {
    const bool isPublic = specifier == publicModule;
    if (specifier.starts_with("./")) specifier.remove_prefix(2);
    const auto module = prelude_.find(std::string(isPublic ? publicFile : specifier));
    if (module == prelude_.end()) return -1;
    found_ = isPublic ? publicModule : "troop:" + module->first;
    found_ += '\0';
    found_ += module->second;
    return static_cast<std::int32_t>(found_.size());
  }

  Bytes sourceBytes() noexcept override { return std::as_bytes(std::span(found_)); }

 private:
  const Prelude& prelude_;
  std::string found_;
};

void run(wasm::Store& store, std::string_view name) {
  const auto function = store.function(name);
  if (!function) {
    throw Error(ErrorKind::failed, "the module has no export " + std::string(name),
                ErrorDetail::none, Executed::no);
  }
  store.begin(*function, {});
  store.finish().value();
}

std::uint64_t bitsOf(wasm::Store& store, const std::string& name) {
  const auto global = store.global(name);
  if (!global) {
    throw Error(ErrorKind::failed, "a mutable global of the module is not exported",
                ErrorDetail::none, Executed::no);
  }
  wasmtime_val_t value;
  wasmtime_global_get(store.context(), &*global, &value);
  switch (value.kind) {
    case WASMTIME_I32:
      return static_cast<std::uint32_t>(value.of.i32);
    case WASMTIME_I64:
      return static_cast<std::uint64_t>(value.of.i64);
    default:
      throw Error(ErrorKind::failed, "the mutable global " + name + " is no integer",
                  ErrorDetail::none, Executed::no);
  }
}

}  // namespace

EngineBaker::EngineBaker(std::span<const std::byte> reactor)
    : reactor_(reactor),
      engine_({.guestsMax = 1}),
      imports_(engine_),
      module_(wasm::Module::compile(engine_, "the JavaScript engine", reactor)),
      prepared_(imports_.prepare(*module_)) {}

std::vector<std::byte> EngineBaker::bake(const Prelude& prelude) {
  PreludeSources sources(prelude);
  wasm::Store store(engine_, sources);
  store.limitMemory(memoryBytesMax);
  store.beginInstance(prepared_.get());
  store.finish().value();
  run(store, TROOP_ABI_INITIALIZE);
  run(store, bakeExport);

  InstanceState state{.memory = store.memory(), .mutableGlobals = {}};
  for (const std::string& name : mutableGlobalNames(reactor_))
    state.mutableGlobals.push_back(bitsOf(store, name));
  return bakedModule(reactor_, state, {TROOP_ABI_INITIALIZE, bakeExport});
}

}  // namespace troop::sandbox::js
