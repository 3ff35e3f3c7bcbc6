#include "sandbox/wasm/module.h"

#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "runtime/error.h"
#include "runtime/units.h"
#include "sandbox/printable.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/checkpoints.h"
#include "sandbox/wasm/code/data-segments.h"
#include "sandbox/wasm/compile-cache.h"
#include "sandbox/wasm/compile-worker.h"
#include "sandbox/wasm/footprint.h"
#include "sandbox/wasm/signatures.h"

namespace troop::sandbox::wasm {

namespace {

constexpr std::string_view abiName = "the troop ABI 1";
constexpr std::string_view markerPrefix = "troop_abi_";

std::string_view viewOf(const wasm_name_t* name) {
  return {name->data, name->size};
}

// The reason has names in it that the module chose.
constexpr std::size_t reasonBytesMax = std::size_t{4} << 10;

[[noreturn]] void refuse(const std::string& module, const std::string& reason) {
  throw Error(ErrorKind::failed, module + ": " + printable(reason, reasonBytesMax),
              ErrorDetail::none, Executed::no);
}

std::span<wasm_importtype_t*> all(const wasm_importtype_vec_t& types) {
  return {types.data, types.size};
}
std::span<wasm_exporttype_t*> all(const wasm_exporttype_vec_t& types) {
  return {types.data, types.size};
}

// What is compiled of code that is valid, in the worker as all that takes as long as its author
// likes.
std::vector<std::byte> admitted(std::span<const std::byte> code) {
  refuseDataThatIsCopied(code);
  return withCheckpoints(code);
}

std::size_t instanceBytesOf(const std::string& module, std::span<const std::byte> code) {
  try {
    return instanceBytes(code);
  } catch (const Error& error) {
    refuse(module, error.reason());
  }
}

}  // namespace

Digest digestOf(std::span<const std::byte> bytes) noexcept {
  Digest digest;
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return digest;
}

std::string hex(const Digest& digest) {
  std::string text(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  text.pop_back();
  return text;
}

Ref<Module> Module::compile(Engine& engine, std::string name, std::span<const std::byte> code,
                            CompileCache* cache) {
  if (code.size() > moduleBytesMax) {
    refuse(name, "is " + describeBytes(code.size()) + " of code; at most " +
                     describeBytes(moduleBytesMax) + " are compiled");
  }
  constexpr std::array magic = {std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{'m'}};
  if (code.size() < magic.size() || !std::equal(magic.begin(), magic.end(), code.begin())) {
    refuse(name, "is not a WebAssembly module");
  }
  const Digest digest = digestOf(code);
  Handle handle;
  if (cache != nullptr) handle = cache->load(engine, digest);
  std::vector<std::byte> compiled;
  if (handle == nullptr) {
    try {
      compiled = compileInWorker(code, admitted);
    } catch (const Error& error) {
      throw Error(error.kind(), name + ": " + error.reason(), error.detail(), Executed::no);
    }
    wasmtime_module_t* made = nullptr;
    if (wasmtime_error_t* error = wasmtime_module_deserialize(
            engine.get(), reinterpret_cast<const std::uint8_t*>(compiled.data()), compiled.size(),
            &made)) {
      refuse(name, takeCause(error));
    }
    handle.reset(made);
  }
  const std::size_t bytes = instanceBytesOf(name, code);
  Ref<Module> module =
      Ref<Module>::adopt(new Module(engine, std::move(name), digest, std::move(handle), bytes));
  module->admit();
  if (cache != nullptr && !compiled.empty()) cache->store(engine, digest, compiled);
  return module;
}

Module::Module(const Engine& engine, std::string name, Digest digest, Handle module,
               std::size_t instanceBytes)
    : engineId_(engine.id()),
      name_(std::move(name)),
      digest_(digest),
      module_(std::move(module)),
      instanceBytes_(instanceBytes) {}

void Module::admit() {
  admitExports();
  admitImports();
}

void Module::admitImports() const {
  struct Imports {
    wasm_importtype_vec_t types;
    ~Imports() { wasm_importtype_vec_delete(&types); }
  } imports;
  wasmtime_module_imports(module_.get(), &imports.types);
  for (const wasm_importtype_t* type : all(imports.types)) {
    const std::string_view from = viewOf(wasm_importtype_module(type));
    const std::string_view name = viewOf(wasm_importtype_name(type));
    const std::string whole = std::string(from) + "." + std::string(name);
    const Signature* offered = from == TROOP_ABI_MODULE ? importSignature(name) : nullptr;
    if (offered == nullptr) {
      refuse(name_, "imports " + whole + ", which " + std::string(abiName) + " does not offer");
    }
    const wasm_functype_t* function = wasm_externtype_as_functype_const(wasm_importtype_type(type));
    if (function == nullptr || !matches(*offered, function)) {
      refuse(name_,
             "imports " + whole + " with another type than " + std::string(abiName) + " gives it");
    }
  }
}

void Module::admitExports() {
  struct Exports {
    wasm_exporttype_vec_t types;
    ~Exports() { wasm_exporttype_vec_delete(&types); }
  } exports;
  wasmtime_module_exports(module_.get(), &exports.types);

  bool hasMemory = false;
  std::string otherVersion;
  for (const wasm_exporttype_t* type : all(exports.types)) {
    const std::string_view exported = viewOf(wasm_exporttype_name(type));
    const wasm_externtype_t* external = wasm_exporttype_type(type);
    if (const wasm_functype_t* function = wasm_externtype_as_functype_const(external)) {
      functions_.emplace_back(exported);
      for (const Signature& required : exportSignatures()) {
        if (exported == required.name && !matches(required, function)) {
          refuse(name_, "exports " + std::string(exported) + " with another type than " +
                            std::string(abiName) + " asks for");
        }
      }
      if (exported.starts_with(markerPrefix)) otherVersion = exported.substr(markerPrefix.size());
    } else if (const wasm_globaltype_t* global = wasm_externtype_as_globaltype_const(external)) {
      if (wasm_globaltype_mutability(global) == WASM_VAR) mutableGlobals_.emplace_back(exported);
    } else if (const wasm_memorytype_t* memory = wasm_externtype_as_memorytype_const(external)) {
      if (exported != TROOP_ABI_MEMORY) continue;
      hasMemory = true;
      memoryBytesMin_ = wasmtime_memorytype_minimum(memory) * pageBytes;
    }
  }

  if (!exportsFunction(TROOP_ABI_MARKER)) {
    refuse(name_,
           otherVersion.empty()
               ? "has no export " TROOP_ABI_MARKER ": it is not made for " + std::string(abiName)
               : "is made for the troop ABI " + otherVersion + "; this host offers version 1");
  }
  if (!hasMemory) refuse(name_, "exports no memory named " TROOP_ABI_MEMORY);
  for (const char* required : {TROOP_ABI_ALLOC, TROOP_ABI_DELIVER}) {
    if (!exportsFunction(required)) {
      refuse(name_, "has no export " + std::string(required) + ", which " + std::string(abiName) +
                        " asks for");
    }
  }
}

bool Module::exportsFunction(std::string_view name) const {
  return std::find(functions_.begin(), functions_.end(), name) != functions_.end();
}

std::vector<std::byte> binaryOfText(std::string_view name, std::string_view text) {
  if (text.size() > textBytesMax) {
    refuse(std::string(name), "is " + describeBytes(text.size()) + " of text; at most " +
                                  describeBytes(textBytesMax) + " are read");
  }
  try {
    return parseInWorker(text);
  } catch (const Error& error) {
    // Where the error has a place the text's name goes before it.
    const bool placed = !error.reason().empty() && std::isdigit(error.reason().front()) != 0;
    throw Error(
        error.kind(),
        std::string(name) + (placed ? ":" : ": ") + printable(error.reason(), reasonBytesMax),
        error.detail(), Executed::no);
  }
}

}  // namespace troop::sandbox::wasm
