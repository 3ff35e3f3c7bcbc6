// An Image is a module, ready to be instantiated, with the state in which its instances begin: as
// the module makes them, or as one particular instance was when the image was captured.
//
// The state of an instance that is at rest is its linear memory and its mutable globals. Of memory
// an image keeps the pages that differ from those of a fresh instance, so that what the module
// gives is shared by all instances, and the rest is copied. Globals are kept as far as the module
// exports them; a module with mutable globals that it does not export cannot be captured, and its
// author must see to it. Tables are taken to be as the module made them.
//
// Ownership: shared. Threads: any; immutable. Errors: restore() fails with `overloaded` when the
// instance may not have the memory that the image needs.
//
//   Ref<const Image> image = makeRef<Image>(module, imports);        // as the module makes them
//   Ref<const Image> later = Image::capture("plugin.js", module, imports, live, fresh);
//   store.beginInstance(later->prepared());
//   if (store.finish()) later->restore(store).value();
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "runtime/ref.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {

class Image final : public RefCounted {
 public:
  Image(Ref<const Module> module, const Imports& imports);

  // The state of `live`, in which nothing may be under way. `fresh` is another instance of the same
  // module, in which nothing has run. `name` is what errors call the image.
  static Ref<const Image> capture(std::string name, Ref<const Module> module,
                                  const Imports& imports, Store& live, Store& fresh);

  const std::string& name() const noexcept { return name_; }
  const Module& module() const noexcept { return *module_; }
  const wasmtime_instance_pre_t* prepared() const noexcept { return prepared_.get(); }

  // What an instance has once restored, and how much of it is copied.
  std::size_t memoryBytes() const noexcept { return memoryBytes_; }
  std::size_t copiedBytes() const noexcept { return content_.size(); }

  // Whether _initialize ran before the image was made; it must not run again.
  bool initialized() const noexcept { return captured_; }

  // Gives a fresh instance of prepared() the state of the image.
  Expected<void> restore(Store& store) const;

  // The same in pieces, each of which takes less than a turn: where the next one begins.
  struct Position {
    std::size_t run = 0;
    std::size_t inRun = 0;   // bytes of it that are restored
    std::size_t copied = 0;  // bytes of all runs that are restored
  };
  // True when the instance has all of the state.
  Expected<bool> restorePiece(Store& store, Position& position) const;

  // Of the module and the state: images with the same digest give the same instances.
  const Digest& digest() const noexcept { return digest_; }

 private:
  // Neighbouring pages that differ; their content follows that of the run before.
  struct Run {
    std::size_t offset;
    std::size_t bytes;
  };
  struct Global {
    std::string name;
    wasmtime_val_t value;  // a number
  };

  // Copies up to `most` bytes of the run at `position`; how many.
  std::size_t copyPiece(std::span<std::byte> memory, Position& position,
                        std::size_t most) const noexcept;
  Expected<void> restoreGlobals(Store& store) const;

  void captureMemory(std::span<const std::byte> live, std::span<const std::byte> fresh);
  void captureGlobals(Store& live);
  Digest computeDigest() const;

  std::string name_;
  Ref<const Module> module_;
  Prepared prepared_;
  bool captured_ = false;
  std::size_t memoryBytes_;
  std::vector<Run> runs_;
  std::vector<std::byte> content_;
  std::vector<Global> globals_;
  Digest digest_;
};

}  // namespace troop::sandbox::wasm
