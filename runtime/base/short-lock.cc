#include "runtime/base/short-lock.h"

#include <thread>

#include "runtime/base/pause.h"

namespace troop {

void ShortLock::lockTaken() noexcept {
  // About a microsecond: longer than what is done under it, shorter than a switch of OS threads.
  constexpr int roundsMax = 32;
  do {
    for (int round = 0; taken_.load(std::memory_order_relaxed); ++round) {
      if (round < roundsMax) {
        pauseProcessor();
      } else {
        std::this_thread::yield();
      }
    }
  } while (taken_.exchange(true, std::memory_order_acquire));
}

}  // namespace troop
