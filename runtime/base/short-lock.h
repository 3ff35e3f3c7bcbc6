// A ShortLock protects a few instructions that never wait and never allocate much: taking it costs
// one atomic operation, giving it back a plain store. Who finds it taken spins, and soon lets other
// OS threads run, since the holder may be one that the kernel has put aside.
//
// Threads: any; not recursive. Misuse: holding it over a wait of a Task stops everybody who wants
// it.
//
//   std::lock_guard lock(shortLock_);
#pragma once

#include <atomic>

namespace [[gnu::visibility("hidden")]] troop {

class ShortLock {
 public:
  ShortLock() = default;
  ShortLock(const ShortLock&) = delete;
  ShortLock& operator=(const ShortLock&) = delete;

  // Named as std::lock_guard wants them. Acquire and release: what one holder wrote the next sees.
  void lock() noexcept {
    if (taken_.exchange(true, std::memory_order_acquire)) lockTaken();
  }
  bool try_lock() noexcept {  // NOLINT(readability-identifier-naming)
    return !taken_.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  // Not inlined: it would cost those who find it free.
  [[gnu::noinline]] void lockTaken() noexcept;

  std::atomic<bool> taken_{false};
};

}  // namespace troop
