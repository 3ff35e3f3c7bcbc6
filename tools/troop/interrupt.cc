#include "tools/troop/interrupt.h"

#include <csignal>

namespace troop::command {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void onSignal(int) {
  interrupted.store(true, std::memory_order_relaxed);
}

}  // namespace

const std::atomic<bool>& installInterrupt() {
  struct sigaction action{};
  action.sa_handler = onSignal;
  // Once: the next signal has its usual effect. Interrupted system calls go on.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return interrupted;
}

}  // namespace troop::command
