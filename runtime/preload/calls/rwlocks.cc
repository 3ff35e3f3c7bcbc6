// Locks for many readers or one writer: one word, the count of readers or `writing`, and one of
// those that wait to write. Where the attributes say that writers go first, who comes to read waits
// behind those. Those that are shared between OS processes are left to the C library.
#include <pthread.h>

#include <cerrno>
#include <cstdint>

#include "runtime/preload/identity.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// Of the word; the highest bit says that somebody may wait.
constexpr std::uint32_t waited = 1u << 31;
constexpr std::uint32_t writing = waited - 1;
constexpr std::uint32_t readersMax = writing - 1;

Word& stateOf(pthread_rwlock_t& lock) noexcept {
  return wordOf(lock.__data.__readers);
}
Word& writersWaitingFor(pthread_rwlock_t& lock) noexcept {
  return wordOf(lock.__data.__writers);
}
Word& writerOf(pthread_rwlock_t& lock) noexcept {
  return wordOf(lock.__data.__cur_writer);
}

bool isForeign(const pthread_rwlock_t& lock) noexcept {
  return lock.__data.__shared != 0;
}

bool readersLetWritersGoFirst(const pthread_rwlock_t& lock) noexcept {
  return lock.__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

std::uint32_t caller() noexcept {
  return static_cast<std::uint32_t>(ownNumber());
}

// Whether who comes to read has to wait, in that state.
bool readersWait(pthread_rwlock_t& lock, std::uint32_t state) noexcept {
  const std::uint32_t users = state & ~waited;
  if (users == writing) return true;
  return users != 0 && readersLetWritersGoFirst(lock) && writersWaitingFor(lock).load() != 0;
}

int tryRead(pthread_rwlock_t& lock) noexcept {
  std::uint32_t state = stateOf(lock).load();
  do {
    if (readersWait(lock, state)) return EBUSY;
    if ((state & ~waited) == readersMax) return EAGAIN;
  } while (!stateOf(lock).compare_exchange_weak(state, state + 1));
  return 0;
}

int tryWrite(pthread_rwlock_t& lock) noexcept {
  std::uint32_t free = 0;
  if (!stateOf(lock).compare_exchange_strong(free, writing)) return EBUSY;
  writerOf(lock).store(caller());
  return 0;
}

// Calls attempt() until it is not EBUSY; mustWait(state) says when there is a point in waiting.
template <typename Attempt, typename MustWait>
int acquire(pthread_rwlock_t& lock, const Deadline& deadline, Attempt attempt, MustWait mustWait) {
  int result = attempt();
  if (result != EBUSY) return result;
  if (writerOf(lock).load() == caller()) return EDEADLK;
  if (!deadline.valid()) return EINVAL;
  while ((result = attempt()) == EBUSY) {
    std::uint32_t state = stateOf(lock).load();
    if (!mustWait(state)) continue;
    if ((state & waited) == 0 && !stateOf(lock).compare_exchange_strong(state, state | waited)) {
      continue;
    }
    const Woken woken = waitOn(stateOf(lock), state | waited, deadline, Interruptible::no);
    if (woken == Woken::timedOut) return attempt() == 0 ? 0 : ETIMEDOUT;
  }
  return result;
}

int read(pthread_rwlock_t& lock, const Deadline& deadline) noexcept {
  return acquire(
      lock, deadline, [&] { return tryRead(lock); },
      [&](std::uint32_t state) { return readersWait(lock, state); });
}

int write(pthread_rwlock_t& lock, const Deadline& deadline) noexcept {
  if (tryWrite(lock) == 0) return 0;
  writersWaitingFor(lock).fetch_add(1);
  const int result = acquire(
      lock, deadline, [&] { return tryWrite(lock); },
      [](std::uint32_t state) { return state != 0; });
  writersWaitingFor(lock).fetch_sub(1);
  // Those who let it go first do so no more.
  if (result != 0 && readersLetWritersGoFirst(lock)) wakeAll(&stateOf(lock));
  return result;
}

int unlock(pthread_rwlock_t& lock) noexcept {
  const void* const word = &stateOf(lock);
  std::uint32_t state = stateOf(lock).load();
  std::uint32_t next = 0;
  if ((state & ~waited) == writing) writerOf(lock).store(0);
  do {
    const std::uint32_t users = state & ~waited;
    if (users == 0) return EPERM;
    next = users == writing || users == 1 ? 0 : state - 1;
  } while (!stateOf(lock).compare_exchange_weak(state, next));
  // The next owner may destroy it from here on.
  if (next == 0 && (state & waited) != 0) wakeAll(word);
  return 0;
}

bool knownClock(clockid_t clock) noexcept {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

}  // namespace

TROOP_PRELOADED int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_rdlock)(lock);
  return read(*lock, Deadline());
}

TROOP_PRELOADED int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_tryrdlock)(lock);
  return tryRead(*lock);
}

TROOP_PRELOADED int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                               const timespec* until) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_timedrdlock)(lock, until);
  return read(*lock, Deadline(CLOCK_REALTIME, until));
}

TROOP_PRELOADED int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* until) noexcept {
  if (!knownClock(clock)) return EINVAL;
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_clockrdlock)(lock, clock, until);
  return read(*lock, Deadline(clock, until));
}

TROOP_PRELOADED int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_wrlock)(lock);
  return write(*lock, Deadline());
}

TROOP_PRELOADED int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_trywrlock)(lock);
  return tryWrite(*lock);
}

TROOP_PRELOADED int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                               const timespec* until) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_timedwrlock)(lock, until);
  return write(*lock, Deadline(CLOCK_REALTIME, until));
}

TROOP_PRELOADED int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                               const timespec* until) noexcept {
  if (!knownClock(clock)) return EINVAL;
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_clockwrlock)(lock, clock, until);
  return write(*lock, Deadline(clock, until));
}

TROOP_PRELOADED int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  if (isForeign(*lock)) return TROOP_REAL(pthread_rwlock_unlock)(lock);
  return unlock(*lock);
}

}  // namespace troop::preload
