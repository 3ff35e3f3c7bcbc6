// syscall(): locks of other languages and of C++ call the kernel's futex by it. Those that are
// private to the OS process are waited for here, so that a pthread in a Task parks there, too.
#include <linux/futex.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <optional>

#include "runtime/preload/attempts.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

struct FutexCall {
  Word& word;
  int operation;
  std::uint32_t value;
  const timespec* time;  // or how many, of those that move who waits
  std::uint32_t compared;
};

long futexWait(const FutexCall& call, const Deadline& deadline) {
  if (!deadline.valid()) return -EINVAL;
  switch (waitOn(call.word, call.value, deadline, Interruptible::bySignals)) {
    case Woken::byOther:
      return 0;
    case Woken::changed:
      return -EAGAIN;
    case Woken::timedOut:
      return -ETIMEDOUT;
    case Woken::interrupted:
      break;
  }
  return -EINTR;
}

// -errno, or nothing for what the kernel does itself.
std::optional<long> futex(const FutexCall& call) {
  if ((call.operation & FUTEX_PRIVATE_FLAG) == 0) return {};
  const clockid_t clock =
      (call.operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  switch (call.operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
      if (call.time == nullptr) return futexWait(call, Deadline());
      if (!Deadline(clock, call.time).valid()) return -EINVAL;
      return futexWait(call, Deadline::after(*call.time));
    case FUTEX_WAIT_BITSET:
      return futexWait(call, Deadline(clock, call.time));
    case FUTEX_WAKE:
      return wake(&call.word, static_cast<int>(call.value));
    case FUTEX_CMP_REQUEUE:
      if (call.word.load() != call.compared) return -EAGAIN;
      [[fallthrough]];
    case FUTEX_REQUEUE:
    case FUTEX_WAKE_BITSET:
      // All of them look again: who is not meant waits again.
      return wake(&call.word, INT_MAX);
    default:
      return {};
  }
}

}  // namespace

TROOP_PRELOADED long syscall(long number, ...) noexcept {
  va_list rest;
  va_start(rest, number);
  long words[6];
  for (long& word : words) word = va_arg(rest, long);
  va_end(rest);
  std::optional<long> result;
  if (self().mode != Identity::Mode::runtime) {
    if (number == SYS_futex) {
      // NOLINTBEGIN(performance-no-int-to-ptr): so they were given
      result =
          futex({*reinterpret_cast<Word*>(words[0]), static_cast<int>(words[1]),
                 static_cast<std::uint32_t>(words[2]), reinterpret_cast<const timespec*>(words[3]),
                 static_cast<std::uint32_t>(words[5])});
      // NOLINTEND(performance-no-int-to-ptr)
    } else if (number == SYS_gettid && inTask()) {
      result = ownNumber();
    }
  }
  if (!result) {
    result = kernelCallWords(number, words[0], words[1], words[2], words[3], words[4], words[5]);
  }
  return resultOf(*result);
}

}  // namespace troop::preload
