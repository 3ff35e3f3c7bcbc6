#include "tools/troop/interrupt.h"

#include <csignal>
#include <ctime>

namespace troop::command {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> interrupted{false};
std::atomic<std::int64_t> interruptedAt{0};
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t monotonicMillis() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

void onSignal(int number) {
  const std::int64_t at = monotonicMillis();
  if (!interrupted.exchange(true)) {
    interruptedAt = at;
  } else if (at - interruptedAt >= repeatMillis) {
    // Has its effect when this handler is left.
    std::signal(number, SIG_DFL);
    raise(number);
  }
}

}  // namespace

const std::atomic<bool>& installInterrupt() {
  struct sigaction action{};
  action.sa_handler = onSignal;
  // Interrupted system calls go on.
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return interrupted;
}

}  // namespace troop::command
