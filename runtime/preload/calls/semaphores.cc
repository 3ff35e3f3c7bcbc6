// Semaphores, in the C library's own layout: the low half of the first word is the value. Those
// that are shared between OS processes are left to the C library.
#include <semaphore.h>

#include <cerrno>

#include "runtime/preload/identity.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// `struct new_sem` of glibc (sysdeps/nptl/internaltypes.h).
struct Layout {
  std::uint32_t value;
  std::uint32_t waiters;  // those of the C library
  int shared;
  int padding;
};
static_assert(sizeof(Layout) <= sizeof(sem_t));

Layout& layoutOf(sem_t& semaphore) noexcept {
  return reinterpret_cast<Layout&>(semaphore);
}

Word& valueOf(sem_t& semaphore) noexcept {
  return wordOf(layoutOf(semaphore).value);
}

bool isForeign(sem_t& semaphore) noexcept {
  return layoutOf(semaphore).shared != 0;
}

bool take(sem_t& semaphore) noexcept {
  std::uint32_t value = valueOf(semaphore).load();
  while (value != 0) {
    if (valueOf(semaphore).compare_exchange_weak(value, value - 1)) return true;
  }
  return false;
}

int failed(int error) noexcept {
  errno = error;
  return -1;
}

int wait(sem_t& semaphore, const Deadline& deadline) {
  pthread_testcancel();
  if (take(semaphore)) return 0;
  if (!deadline.valid()) return failed(EINVAL);
  for (;;) {
    const Woken woken = waitOn(valueOf(semaphore), 0, deadline, Interruptible::byCancellationToo);
    if (take(semaphore)) return 0;
    if (woken == Woken::timedOut) return failed(ETIMEDOUT);
    if (woken == Woken::interrupted) {
      pthread_testcancel();
      return failed(EINTR);
    }
  }
}

}  // namespace

TROOP_PRELOADED int sem_wait(sem_t* semaphore) {
  if (isForeign(*semaphore)) return TROOP_REAL(sem_wait)(semaphore);
  return wait(*semaphore, Deadline());
}

TROOP_PRELOADED int sem_timedwait(sem_t* semaphore, const timespec* until) {
  if (isForeign(*semaphore)) return TROOP_REAL(sem_timedwait)(semaphore, until);
  return wait(*semaphore, Deadline(CLOCK_REALTIME, until));
}

TROOP_PRELOADED int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return failed(EINVAL);
  if (isForeign(*semaphore)) return TROOP_REAL(sem_clockwait)(semaphore, clock, until);
  return wait(*semaphore, Deadline(clock, until));
}

TROOP_PRELOADED int sem_post(sem_t* semaphore) noexcept {
  if (isForeign(*semaphore)) return TROOP_REAL(sem_post)(semaphore);
  const void* const word = &valueOf(*semaphore);
  std::uint32_t value = valueOf(*semaphore).load();
  do {
    if (value == SEM_VALUE_MAX) return failed(EOVERFLOW);
  } while (!valueOf(*semaphore).compare_exchange_weak(value, value + 1));
  // Who has taken it may destroy it from here on.
  wake(word, 1);
  return 0;
}

}  // namespace troop::preload
