#include "sandbox/js/javascript.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/error.h"
#include "runtime/units.h"
#include "sandbox/js/javascript-engine.h"
#include "sandbox/js/modules.h"
#include "sandbox/printable.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::js {

namespace {

constexpr const char* moduleName = "the JavaScript engine";
constexpr std::string_view loadExport = "troop_js_load";

// What the engine asks for while it compiles a plugin.
class Sources final : public wasm::HostCalls {
 public:
  Sources(const std::filesystem::path& entry, const CompileOptions& options)
      : modules_(entry, options.root), memoryBytesMax_(options.memoryBytesMax) {}

  std::int32_t source(std::string_view specifier, std::string_view referrer) noexcept override try {
    Expected<Modules::Source> found =
        referrer.empty() ? modules_.entry() : modules_.find(specifier, referrer);
    if (found.failed()) {
      failure_ = std::move(found).error();
      return -1;
    }
    found_ = found->name;
    found_ += '\0';
    found_ += found->text;
    return static_cast<std::int32_t>(found_.size());
  } catch (const std::exception& error) {
    failure_ = Error(ErrorKind::overloaded, error.what(), ErrorDetail::memory, Executed::no);
    return -1;
  }

  Bytes sourceBytes() noexcept override { return std::as_bytes(std::span(found_)); }

  Error abort(troop_abort_kind kind, std::string_view text) noexcept override {
    // The engine knows that an import failed, but not why.
    if (failure_) {
      return Error(failure_->kind(), printable(failure_->reason(), reasonBytesMax),
                   failure_->detail(), failure_->executed());
    }
    if (kind != troop_abort_memory) {
      return Error(ErrorKind::failed, printable(text, reasonBytesMax), ErrorDetail::none,
                   Executed::no);
    }
    return Error(ErrorKind::overloaded,
                 "compiling needs more than " + describeBytes(memoryBytesMax_) + " of memory",
                 ErrorDetail::memory, Executed::no);
  }

 private:
  // Plugins choose the names in it.
  static constexpr std::size_t reasonBytesMax = std::size_t{4} << 10;

  Modules modules_;
  std::size_t memoryBytesMax_;
  std::string found_;
  std::optional<Error> failure_;
};

// Runs one exported function to its end; throws why it did not get there.
std::int32_t call(wasm::Store& store, std::string_view name,
                  std::initializer_list<std::int32_t> arguments, Time deadline) {
  store.begin(store.function(name).value(), arguments);
  return store.finish(deadline).value();
}

void load(wasm::Store& store, std::string_view specifier, Time deadline) {
  const auto size = static_cast<std::int32_t>(specifier.size());
  const std::int32_t block = call(store, TROOP_ABI_ALLOC, {size}, deadline);
  if (block == 0)
    throw Error(ErrorKind::overloaded, "no memory to compile in", ErrorDetail::memory,
                Executed::no);
  std::memcpy(store.memory().data() + block, specifier.data(), specifier.size());
  call(store, loadExport, {block, size}, deadline);
}

}  // namespace

JavaScript::JavaScript(wasm::Engine& engine, const wasm::Imports& imports,
                       wasm::CompileCache* cache)
    : engine_(engine),
      imports_(imports),
      module_(wasm::Module::compile(engine, moduleName, javascriptEngine(), cache)),
      prepared_(imports.prepare(*module_)) {}

Ref<const wasm::Image> JavaScript::compile(const std::filesystem::path& entry,
                                           const CompileOptions& options) const {
  Sources sources(entry, options);
  const Time deadline = now() + options.timeMax;
  wasm::Store live(engine_, sources);
  wasm::Store fresh(engine_, sources);
  for (wasm::Store* store : {&live, &fresh}) {
    store->limitMemory(options.memoryBytesMax);
    store->beginInstance(prepared_.get());
    store->finish(deadline).value();
  }
  try {
    load(live, entry.filename().string(), deadline);
  } catch (const Error& error) {
    if (error.detail() != ErrorDetail::cpu) throw;
    throw Error(ErrorKind::overloaded,
                entry.string() + ": compiling takes more than " + describe(options.timeMax),
                ErrorDetail::wall, Executed::no);
  }
  return wasm::Image::capture(entry.string(), module_, imports_, live, fresh);
}

}  // namespace troop::sandbox::js
