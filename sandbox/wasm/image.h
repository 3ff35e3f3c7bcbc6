// An Image is a module, ready to be instantiated, with the state in which its instances begin.
//
// Ownership: shared. Threads: any; immutable.
//
//   Ref<const Image> image = makeRef<Image>(module, imports);
//   store.beginInstance(image->prepared());
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "runtime/ref.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {

class Image final : public RefCounted {
 public:
  Image(Ref<const Module> module, const Imports& imports)
      : module_(std::move(module)), prepared_(imports.prepare(*module_)) {}

  const std::string& name() const noexcept { return module_->name(); }
  const Module& module() const noexcept { return *module_; }
  const wasmtime_instance_pre_t* prepared() const noexcept { return prepared_.get(); }

  // What an instance has once restored.
  std::size_t memoryBytes() const noexcept { return module_->memoryBytesMin(); }

  // Whether _initialize ran before the image was made; it must not run again.
  bool initialized() const noexcept { return false; }

  // Gives a fresh instance the state of the image.
  Expected<void> restore(Store&) const { return {}; }

 private:
  Ref<const Module> module_;
  Prepared prepared_;
};

}  // namespace troop::sandbox::wasm
