// Code that blocks its OS thread: a read() of something that is no wait of ours, a lock of another
// library, a long computation. blocking() says so, and others of the carrier go on elsewhere: on a
// spare OS thread, if it lasts.
//
// A short call costs little: nothing is handed over before it has lasted, or where calls on that
// carrier have lasted lately. Once another OS thread stands in, who comes back goes to the end of
// the queue, like one that yields. There are ProcessOptions::sparesMax such OS threads; when all of
// them are blocked, the carriers are.
//
// Threads: any; Tasks, coroutines too, say so, an OS thread of the host just calls. Fails: throws
// what the function throws. Nothing interrupts it: who is cancelled or killed meanwhile finds out
// at its next wait. Misuse: it is no wait, so the other Tasks of the same Thread stand still.
// Ownership: the function is the call's own, and runs on the caller's stack. Limits: none on how
// long it lasts.
//
//   const ssize_t bytes = blocking([&] { return ::read(descriptor, buffer, sizeof(buffer)); });
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("hidden")]] troop {

// The same from its beginning to its end, where that is no function; made and destroyed by the same
// Task.
class [[nodiscard]] BlockingRegion {
 public:
  BlockingRegion() noexcept;
  ~BlockingRegion();
  BlockingRegion(const BlockingRegion&) = delete;
  BlockingRegion& operator=(const BlockingRegion&) = delete;
};

template <typename F>
std::invoke_result_t<F> blocking(F&& function) {
  const BlockingRegion region;
  return std::invoke(std::forward<F>(function));
}

}  // namespace troop
