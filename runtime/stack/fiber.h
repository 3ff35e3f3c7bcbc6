// A Fiber is a call that can be left in the middle and gone on with later, on any OS thread. It
// takes the C++ exception state and errno with it, and tells AddressSanitizer and ThreadSanitizer
// of every switch.
//
// Ownership: the Fiber owns its stack; it must have ended, or never been resumed, when it is
// destroyed. Threads: one at a time; resume() on whatever OS thread, suspend() and the entry on the
// fiber itself. Misuse: an exception must not leave the entry.
//
// One that is suspended for long can be compacted: what lives on its stack is copied out and the
// pages are given back; expanded, it lives at the same addresses again. Misuse: meanwhile nothing
// else may use an address on its stack.
//
//   Fiber fiber(std::move(stack), &Task::entry, this);
//   fiber.resume();                  // runs the entry until it suspends or returns
//   fiber.ended();
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/sanitizers.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/stack/stack-switch.h"

namespace [[gnu::visibility("hidden")]] troop {

class Fiber {
 public:
  using Entry = void (*)(void* argument) noexcept;

  Fiber(Stack stack, Entry entry, void* argument) noexcept;
  // Gets its stack by takeStack() before it is resumed.
  Fiber(Entry entry, void* argument) noexcept : entry_(entry), argument_(argument) {}
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void takeStack(Stack stack) noexcept;
  bool hasStack() const noexcept { return static_cast<bool>(stack_); }

  // Goes on with the fiber until it, or one that it switched to, suspends or ends.
  void resume() noexcept;

  // Goes back to who resumed it; on the fiber only.
  void suspend() noexcept;

  // Goes on with `next`, which takes this one's place before its resumer; on the fiber only.
  void switchTo(Fiber& next) noexcept;

  // While it is suspended. Where there is no memory for what lives on its stack nothing happens.
  void compact() noexcept;
  // Before it is resumed; does nothing where it was not compacted.
  void expand() noexcept;
  bool compacted() const noexcept { return compacted_ != nullptr; }
  // What lives on its stack while it is suspended.
  std::size_t liveBytes() const noexcept {
    return static_cast<std::size_t>(stack_.top() - static_cast<std::byte*>(fiberContext_));
  }

  // Copies that, wherever it is kept, and tells where it belongs; of one that has begun.
  void copyLive(std::uint64_t* to) const noexcept;
  StackContext context() const noexcept { return fiberContext_; }

  bool started() const noexcept { return started_; }
  bool ended() const noexcept { return ended_; }
  const Stack& stack() const noexcept { return stack_; }

 private:
  // What sanitizers keep of it; without them it takes no room.
  struct SanitizerState {
#if defined(TROOP_ADDRESS_SANITIZER) || defined(TROOP_THREAD_SANITIZER)
    void** fakeStack() noexcept { return &addressSanitizers; }
    void* shadow() const noexcept { return threadSanitizers; }
    void* addressSanitizers = nullptr;
    void* threadSanitizers = nullptr;
#else
    static void** fakeStack() noexcept { return nullptr; }
    static void* shadow() noexcept { return nullptr; }
#endif
  };

  // The layout of __cxa_eh_globals, which the C++ ABI fixes.
  struct ExceptionState {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };

  // A call of resume(), which stays on its OS thread.
  struct Resumer {
    void* context = nullptr;     // where it goes on
    ExceptionState* exceptions;  // of the OS thread, as `error`
    int* error;
    void* shadow = nullptr;  // of ThreadSanitizer
    // Of AddressSanitizer.
    const void* bottom = nullptr;
    std::size_t bytes = 0;
  };

  void run() noexcept;
  // On the fiber, which somebody has just gone on with: `left` is where that one goes on.
  void arrive(void* left) noexcept;

  Stack stack_;
  const Entry entry_;
  void* const argument_;
  void* fiberContext_ = nullptr;        // where it goes on; valid while it is suspended
  Resumer* resumer_ = nullptr;          // valid while it runs
  Fiber* cameFrom_ = nullptr;           // while it is switched to: the fiber that was left
  std::uint64_t* compacted_ = nullptr;  // its live bytes, while they are not on its stack
  ExceptionState exceptions_;
  int errno_ = 0;
  bool started_ = false;
  bool ended_ = false;

  [[no_unique_address]] SanitizerState sanitizers_;
};

}  // namespace troop
