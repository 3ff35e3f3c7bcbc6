// NativeStacks knows where the engine's pool keeps the stacks on which compiled code runs, and a
// NativeStack counts the pages of one that have been touched, so that they are charged to whoever
// touched them, and gives them back.
//
//   | guard | never touched | touched: counted                        | kept by the pool |
//           ^ bottom        ^ as deep as it ever was                                     ^ top
//
// The engine hands a stack from one guest to the next as it is. One that the last owner has
// released has only the pages at its top, which all guests need.
//
// Ownership: NativeStacks belongs to the Engine; a NativeStack is a value, of use while its Store
// has the stack. Threads: NativeStacks any; a NativeStack one at a time, while nothing runs on it.
// Errors: the constructor throws Error (failed) where the engine's stacks are not laid out as
// above.
//
//   NativeStack stack = engine.stacks().at(addressOfAFrame);
//   if (stack.seemsDeeper()) charge(stack.count());
//   stack.release();
#pragma once

#include <wasmtime.h>

#include <cstddef>
#include <cstdint>

namespace troop::sandbox::wasm {

class NativeStack {
 public:
  // Neither counted nor released: they stay with the pool.
  static constexpr std::size_t keptBytes = std::size_t{16} << 10;

  NativeStack() = default;  // none
  NativeStack(std::byte* bottom, std::size_t bytes) noexcept
      : bottom_(bottom), bytes_(bytes), deepest_(bottom + bytes - keptBytes) {}

  bool known() const noexcept { return bottom_ != nullptr; }

  // Whether somebody has written to the page below the deepest one that was counted. Takes a
  // fraction of what count() takes. Code that leaves nothing but zeros there is not seen.
  bool seemsDeeper() const noexcept;

  // How many bytes have been touched, without those that the pool keeps. Asks the kernel.
  std::size_t count() noexcept;

  // Gives the pages back.
  void release() noexcept;

 private:
  std::byte* bottom_ = nullptr;
  std::size_t bytes_ = 0;
  std::byte* deepest_ = nullptr;  // of the pages that count() has found
};

class NativeStacks {
 public:
  // `stackBytes` is what the engine was told.
  NativeStacks(wasm_engine_t* engine, std::size_t stackBytes);

  // The stack that a frame is on.
  NativeStack at(const void* frame) const noexcept;

 private:
  std::size_t bytes_;
  std::uintptr_t bottom_ = 0;  // of one of them; the others lie at multiples of a distance
};

}  // namespace troop::sandbox::wasm
