// Sleeps of pthreads that run in Tasks.
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "runtime/preload/identity.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

constexpr std::int64_t nanosecondsPerSecond = 1'000'000'000;

// What is left of it, where it was interrupted.
std::int64_t sleepUntil(const Deadline& deadline) {
  pthread_testcancel();
  for (;;) {
    const Woken woken = waitOn(self().never, 0, deadline, Interruptible::byCancellationToo);
    if (woken == Woken::timedOut) return 0;
    if (woken != Woken::interrupted) continue;
    pthread_testcancel();
    const std::int64_t left = deadline.nanosecondsLeft();
    if (left > 0) return left;
    return 0;
  }
}

bool valid(const timespec& time) noexcept {
  return time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < nanosecondsPerSecond;
}

// 0, or the error.
int sleepFor(const timespec& duration, timespec* left) {
  if (!valid(duration)) return EINVAL;
  const std::int64_t remaining = sleepUntil(Deadline::after(duration));
  if (remaining == 0) return 0;
  if (left != nullptr) {
    left->tv_sec = remaining / nanosecondsPerSecond;
    left->tv_nsec = remaining % nanosecondsPerSecond;
  }
  return EINTR;
}

}  // namespace

TROOP_PRELOADED int clock_nanosleep(clockid_t clock, int flags, const timespec* request,
                                    timespec* left) {
  if (!inTask() || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)) {
    return TROOP_REAL(clock_nanosleep)(clock, flags, request, left);
  }
  if ((flags & TIMER_ABSTIME) == 0) return sleepFor(*request, left);
  if (!valid(*request)) return EINVAL;
  return sleepUntil(Deadline(clock, request)) == 0 ? 0 : EINTR;
}

TROOP_PRELOADED int nanosleep(const timespec* request, timespec* left) {
  if (!inTask()) return TROOP_REAL(nanosleep)(request, left);
  const int error = sleepFor(*request, left);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

TROOP_PRELOADED int usleep(useconds_t microseconds) {
  constexpr useconds_t perSecond = 1'000'000;
  const timespec duration{microseconds / perSecond, (microseconds % perSecond) * 1000};
  return nanosleep(&duration, nullptr);
}

TROOP_PRELOADED unsigned sleep(unsigned seconds) {
  if (!inTask()) return TROOP_REAL(sleep)(seconds);
  timespec left{};
  if (sleepFor({static_cast<time_t>(seconds), 0}, &left) == 0) return 0;
  return static_cast<unsigned>(left.tv_sec) + (left.tv_nsec > 0 ? 1 : 0);
}

}  // namespace troop::preload
