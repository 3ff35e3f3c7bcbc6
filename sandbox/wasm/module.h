// A Module is Wasm code, checked against the guest ABI and compiled; a CompileCache keeps what was
// compiled across processes.
//
// Ownership: shared by images and instances; of use to its Engine only, but may outlive it.
// Threads: any; immutable.
// Limits: code of moduleBytesMax, time and memory of CompileLimits, one memory, one table of
// tableElementsMax, no imports but the ABI's.
// Errors: compile() throws Error that names the module and what is wrong with it: failed, or
// overloaded where a limit was reached. A damaged, foreign or forged cache entry is ignored and
// rewritten.
//
//   CompileCache cache(directory);
//   Ref<Module> module = Module::compile(engine, "plugin.wasm", bytes, &cache);
//   module->memoryBytesMin();            // what an instance needs at least
#pragma once

#include <wasmtime.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ref.h"
#include "sandbox/wasm/engine.h"

namespace troop::sandbox::wasm {

class CompileCache;

inline constexpr std::size_t moduleBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t textBytesMax = std::size_t{4} << 20;

// SHA-256.
using Digest = std::array<unsigned char, 32>;
Digest digestOf(std::span<const std::byte> bytes) noexcept;
std::string hex(const Digest& digest);

class Module : public RefCounted {
 public:
  // `name` is what errors call it. `code` is a Wasm binary. Without a cache it is always compiled.
  static Ref<Module> compile(Engine& engine, std::string name, std::span<const std::byte> code,
                             CompileCache* cache = nullptr);

  std::uint64_t engineId() const noexcept { return engineId_; }
  const std::string& name() const noexcept { return name_; }
  const Digest& digest() const noexcept { return digest_; }  // of the Wasm binary
  wasmtime_module_t* get() const noexcept { return module_.get(); }

  std::size_t memoryBytesMin() const noexcept { return memoryBytesMin_; }
  // What an instance takes at most beside its memory; see footprint.h.
  std::size_t instanceBytes() const noexcept { return instanceBytes_; }
  bool exportsFunction(std::string_view name) const;
  // Names of the exported globals that can change, in order: with memory they are an instance's
  // state.
  const std::vector<std::string>& mutableGlobals() const noexcept { return mutableGlobals_; }

 private:
  struct Delete {
    void operator()(wasmtime_module_t* module) const noexcept { wasmtime_module_delete(module); }
  };
  using Handle = std::unique_ptr<wasmtime_module_t, Delete>;
  friend class CompileCache;

  Module(const Engine& engine, std::string name, Digest digest, Handle module,
         std::size_t instanceBytes);
  void admit();
  void admitImports() const;
  void admitExports();

  std::uint64_t engineId_;
  std::string name_;
  Digest digest_;
  Handle module_;
  std::size_t memoryBytesMin_ = 0;
  std::size_t instanceBytes_;
  std::vector<std::string> functions_;
  std::vector<std::string> mutableGlobals_;
};

// The text format as a Wasm binary; throws Error naming line and column.
std::vector<std::byte> binaryOfText(std::string_view name, std::string_view text);

}  // namespace troop::sandbox::wasm
