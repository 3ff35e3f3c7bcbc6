// Conditions: a word that each signal changes, so that who has read it before giving the mutex back
// does not sleep through one. The other words of the C library's object are not used, but for the
// bits that pthread_cond_init() has left there: the clock, and whether it is shared between OS
// processes; those that are, or are used with a mutex that is, are left to the C library.
#include <pthread.h>

#include <cerrno>

#include "runtime/preload/identity.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// Of `__wrefs` (pthreadP.h of glibc).
constexpr unsigned sharedBit = 1;
constexpr unsigned monotonicBit = 2;

Word& signalsOf(pthread_cond_t& condition) noexcept {
  return wordOf(condition.__data.__g_signals[0]);
}

bool isForeign(const pthread_cond_t& condition) noexcept {
  return (condition.__data.__wrefs & sharedBit) != 0;
}

clockid_t clockOf(const pthread_cond_t& condition) noexcept {
  return (condition.__data.__wrefs & monotonicBit) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

// The mutex is the caller's again, however its wait ends: also where it is cancelled, and what is
// left runs next.
class Unlocked {
 public:
  explicit Unlocked(pthread_mutex_t& mutex) noexcept
      : mutex_(mutex), error_(pthread_mutex_unlock(&mutex)) {}
  ~Unlocked() {
    if (error_ == 0 && !taken_) take();
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
  int error() const noexcept { return error_; }
  // What locking it has told: of robust ones, who had it may have ended.
  int take() noexcept {
    taken_ = true;
    return pthread_mutex_lock(&mutex_);
  }

 private:
  pthread_mutex_t& mutex_;
  const int error_;
  bool taken_ = false;
};

int wait(pthread_cond_t& condition, pthread_mutex_t& mutex, const Deadline& deadline) {
  if (!deadline.valid()) return EINVAL;
  pthread_testcancel();
  const std::uint32_t signals = signalsOf(condition).load();
  Unlocked unlocked(mutex);
  if (unlocked.error() != 0) return unlocked.error();
  const Woken woken =
      waitOn(signalsOf(condition), signals, deadline, Interruptible::byCancellationToo);
  if (woken == Woken::interrupted) pthread_testcancel();
  const int error = unlocked.take();
  if (error != 0) return error;
  return woken == Woken::timedOut ? ETIMEDOUT : 0;
}

int signal(pthread_cond_t& condition, int count) noexcept {
  const void* const word = &signalsOf(condition);
  signalsOf(condition).fetch_add(1);
  wake(word, count);
  return 0;
}

}  // namespace

TROOP_PRELOADED int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (isForeign(*condition)) return TROOP_REAL(pthread_cond_wait)(condition, mutex);
  return wait(*condition, *mutex, Deadline());
}

TROOP_PRELOADED int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           const timespec* until) {
  if (isForeign(*condition)) return TROOP_REAL(pthread_cond_timedwait)(condition, mutex, until);
  return wait(*condition, *mutex, Deadline(clockOf(*condition), until));
}

TROOP_PRELOADED int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                           clockid_t clock, const timespec* until) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
  if (isForeign(*condition)) {
    return TROOP_REAL(pthread_cond_clockwait)(condition, mutex, clock, until);
  }
  return wait(*condition, *mutex, Deadline(clock, until));
}

TROOP_PRELOADED int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (isForeign(*condition)) return TROOP_REAL(pthread_cond_signal)(condition);
  return signal(*condition, 1);
}

TROOP_PRELOADED int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (isForeign(*condition)) return TROOP_REAL(pthread_cond_broadcast)(condition);
  return signal(*condition, INT_MAX);
}

// Those whose waits were ended touch it no more.
TROOP_PRELOADED int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  if (isForeign(*condition)) return TROOP_REAL(pthread_cond_destroy)(condition);
  return 0;
}

}  // namespace troop::preload
