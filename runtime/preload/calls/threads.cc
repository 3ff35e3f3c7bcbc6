// Pthreads: how they begin, are waited for and cancelled. Keys are the C library's:
// their values stand in what a pthread_t points to.
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/preload/host.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/passage.h"
#include "runtime/preload/readiness.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// Until `thread` is an OS thread again, which is about to end; the C library waits for that then,
// and it would not let others run. False: the deadline has passed.
bool awaitDeparture(pthread_t thread, const Deadline& deadline) {
  Identity& identity = identityOf(thread);
  if (!inTask() || &identity == &self()) return true;
  while (inTask(thread) && identity.left.load() == 0) {
    const Woken woken = waitOn(identity.left, 0, deadline, Interruptible::byCancellationToo);
    if (woken == Woken::timedOut) return false;
    if (woken == Woken::interrupted) pthread_testcancel();
  }
  return true;
}

}  // namespace

TROOP_PRELOADED int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                   void* (*start)(void*), void* argument) noexcept {
  return beginPthread(thread, attributes, start, argument);
}

TROOP_PRELOADED int pthread_join(pthread_t thread, void** result) {
  awaitDeparture(thread, Deadline());
  return TROOP_REAL(pthread_join)(thread, result);
}

TROOP_PRELOADED int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  return TROOP_REAL(pthread_tryjoin_np)(thread, result);
}

TROOP_PRELOADED int pthread_timedjoin_np(pthread_t thread, void** result, const timespec* until) {
  if (!awaitDeparture(thread, Deadline(CLOCK_REALTIME, until))) return ETIMEDOUT;
  return TROOP_REAL(pthread_timedjoin_np)(thread, result, until);
}

TROOP_PRELOADED int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock,
                                         const timespec* until) {
  if (!awaitDeparture(thread, Deadline(clock, until))) return ETIMEDOUT;
  return TROOP_REAL(pthread_clockjoin_np)(thread, result, clock, until);
}

TROOP_PRELOADED void pthread_exit(void* result) {
  // main's OS thread is no more than any other, but the carriers are OS threads, too, and last.
  const Identity& identity = self();
  if (identity.mode == Identity::Mode::osThread && !identity.counted && ownTid() == getpid() &&
      mainIsLast()) {
    std::exit(0);
  }
  TROOP_REAL(pthread_exit)(result);
  __builtin_unreachable();
}

TROOP_PRELOADED int pthread_cancel(pthread_t thread) {
  if (!inTask(thread)) return TROOP_REAL(pthread_cancel)(thread);
  Identity& identity = identityOf(thread);
  // All of it at once: the C library leaves half of it to the handler of a signal where its own
  // call waits, and there is no OS thread of that number to get one.
  cancellationOf(thread).fetch_or(Cancellation::told);
  interrupt(identity, Identity::cancelled);
  if (&identity == &self() && identity.cancelType == PTHREAD_CANCEL_ASYNCHRONOUS) {
    pthread_testcancel();
  }
  return 0;
}

// The C library has its own calls be left by a signal where it is asynchronous, which none comes
// for: it is told that all are deferred.
TROOP_PRELOADED int pthread_setcanceltype(int type, int* before) {
  if (!inTask()) return TROOP_REAL(pthread_setcanceltype)(type, before);
  if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS) return EINVAL;
  Identity& identity = self();
  if (before != nullptr) *before = identity.cancelType;
  identity.cancelType = type;
  if (type == PTHREAD_CANCEL_ASYNCHRONOUS) pthread_testcancel();
  return 0;
}

TROOP_PRELOADED pid_t gettid() noexcept {
  const pid_t number = self().number;
  return number != 0 ? number : TROOP_REAL(gettid)();
}

TROOP_PRELOADED int sched_yield() noexcept {
  if (!inTask()) return static_cast<int>(kernelCall(SYS_sched_yield));
  inRuntime([] { host::giveWay(); });
  return 0;
}

namespace {

// Before anything of the program runs.
[[gnu::constructor]] void begin() {
  pthread_atfork(nullptr, nullptr, [] {
    becomeOnlyThread();
    forgetReadiness();
  });
}

}  // namespace

}  // namespace troop::preload
