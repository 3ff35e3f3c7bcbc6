// Mutexes, in the C library's own layout, so that its functions that are not replaced see what they
// expect: `__lock` is 0 free, 1 taken, 2 taken and waited for. Those that are shared between OS
// processes, robust, or with ceilings are left to the C library; who waits for one of these blocks
// its carrier. None inherits priorities: the kernel would have to know its owner's number.
#include <pthread.h>

#include <cerrno>
#include <optional>

#include "runtime/preload/host.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// Bits of `__kind` (struct-mutex.h and pthreadP.h of glibc): robust, with the priority of who
// waits, with a ceiling, shared.
constexpr int typeMask = 3;
constexpr int foreignKinds = 16 | 32 | 64 | 128;

constexpr std::uint32_t unlocked = 0;
constexpr std::uint32_t locked = 1;
constexpr std::uint32_t contended = 2;

bool isForeign(const pthread_mutex_t& mutex) noexcept {
  return (mutex.__data.__kind & foreignKinds) != 0;
}

Word& lockOf(pthread_mutex_t& mutex) noexcept {
  return wordOf(mutex.__data.__lock);
}

bool take(pthread_mutex_t& mutex) noexcept {
  std::uint32_t expected = unlocked;
  return lockOf(mutex).compare_exchange_strong(expected, locked);
}

// What the type of the mutex has the owner get who locks it once more; nothing: it waits, too.
std::optional<int> lockedByOwner(pthread_mutex_t& mutex, bool tries) noexcept {
  const int type = mutex.__data.__kind & typeMask;
  if (type != PTHREAD_MUTEX_RECURSIVE_NP && type != PTHREAD_MUTEX_ERRORCHECK_NP) return {};
  if (mutex.__data.__owner != ownNumber()) return {};
  if (type == PTHREAD_MUTEX_ERRORCHECK_NP) return tries ? EBUSY : EDEADLK;
  if (mutex.__data.__count + 1 == 0) return EAGAIN;
  ++mutex.__data.__count;
  return 0;
}

void owned(pthread_mutex_t& mutex) noexcept {
  mutex.__data.__owner = ownNumber();
  mutex.__data.__count = 1;
  ++mutex.__data.__nusers;
}

int lock(pthread_mutex_t& mutex, const Deadline& deadline) noexcept {
  if (const std::optional<int> result = lockedByOwner(mutex, false)) return *result;
  if (!take(mutex)) {
    if (!deadline.valid()) return EINVAL;
    while (lockOf(mutex).exchange(contended) != unlocked) {
      if (waitOn(lockOf(mutex), contended, deadline, Interruptible::no) == Woken::timedOut) {
        return ETIMEDOUT;
      }
    }
  }
  owned(mutex);
  return 0;
}

int unlock(pthread_mutex_t& mutex) noexcept {
  const int type = mutex.__data.__kind & typeMask;
  if (type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP) {
    if (mutex.__data.__owner != ownNumber() || lockOf(mutex).load() == unlocked) return EPERM;
    if (type == PTHREAD_MUTEX_RECURSIVE_NP && --mutex.__data.__count != 0) return 0;
  }
  mutex.__data.__owner = 0;
  --mutex.__data.__nusers;
  const void* const word = &lockOf(mutex);
  // The next owner may destroy it from here on.
  if (lockOf(mutex).exchange(unlocked) == contended) wake(word, 1);
  return 0;
}

}  // namespace

TROOP_PRELOADED int pthread_mutexattr_setprotocol(pthread_mutexattr_t* attributes,
                                                  int protocol) noexcept {
  const bool inherits = protocol == PTHREAD_PRIO_INHERIT && host::available();
  const int taken = inherits ? PTHREAD_PRIO_NONE : protocol;
  return TROOP_REAL(pthread_mutexattr_setprotocol)(attributes, taken);
}

TROOP_PRELOADED int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (isForeign(*mutex)) return TROOP_REAL(pthread_mutex_lock)(mutex);
  return lock(*mutex, Deadline());
}

TROOP_PRELOADED int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  if (isForeign(*mutex)) return TROOP_REAL(pthread_mutex_trylock)(mutex);
  if (const std::optional<int> result = lockedByOwner(*mutex, true)) return *result;
  if (!take(*mutex)) return EBUSY;
  owned(*mutex);
  return 0;
}

TROOP_PRELOADED int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                            const timespec* until) noexcept {
  if (isForeign(*mutex)) return TROOP_REAL(pthread_mutex_timedlock)(mutex, until);
  return lock(*mutex, Deadline(CLOCK_REALTIME, until));
}

TROOP_PRELOADED int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                            const timespec* until) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
  if (isForeign(*mutex)) return TROOP_REAL(pthread_mutex_clocklock)(mutex, clock, until);
  return lock(*mutex, Deadline(clock, until));
}

TROOP_PRELOADED int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  if (isForeign(*mutex)) return TROOP_REAL(pthread_mutex_unlock)(mutex);
  return unlock(*mutex);
}

}  // namespace troop::preload
