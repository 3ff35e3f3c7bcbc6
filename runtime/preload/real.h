// The C library's own functions of the names that this library takes.
//
// Threads: any. Fails: ends the program where the C library has no such function. Limits: the
// first call of each looks the name up, which allocates.
//
//   return TROOP_REAL(pthread_join)(thread, result);
#pragma once

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

class Real {
 public:
  explicit constexpr Real(const char* name) noexcept : name_(name) {}

  void* get() noexcept {
    // Relaxed: all who look it up find the same, in code that is there.
    void* found = found_.load(std::memory_order_relaxed);
    if (found != nullptr) return found;
    found = dlsym(RTLD_NEXT, name_);
    if (found == nullptr) std::abort();
    found_.store(found, std::memory_order_relaxed);
    return found;
  }

 private:
  const char* const name_;
  std::atomic<void*> found_{nullptr};
};

// Each name has one; no guard is needed, as it is there before anything runs.
#define TROOP_REAL(name)                                    \
  ([]() noexcept -> decltype(&::name) {                     \
    static constinit ::troop::preload::Real real(#name);    \
    return reinterpret_cast<decltype(&::name)>(real.get()); \
  }())

// What a program is to find in place of the C library's.
#define TROOP_PRELOADED extern "C" __attribute__((visibility("default")))

}  // namespace preload
}  // namespace troop
