#include "runtime/base/fork-mark.h"

#include <pthread.h>

#include <atomic>

#include "runtime/base/check.h"

namespace troop {
namespace {

// Relaxed throughout: a child begins with one OS thread, which is the one that counts.
std::atomic<unsigned> forksThatLedHere{0};

unsigned forks() noexcept {
  static const int error = pthread_atfork(
      nullptr, nullptr, [] { forksThatLedHere.fetch_add(1, std::memory_order_relaxed); });
  check(error == 0, "what is forked can be told");
  return forksThatLedHere.load(std::memory_order_relaxed);
}

}  // namespace

ForkMark::ForkMark() noexcept : forks_(forks()) {}

bool ForkMark::inChild() const noexcept {
  return forksThatLedHere.load(std::memory_order_relaxed) != forks_;
}

}  // namespace troop
