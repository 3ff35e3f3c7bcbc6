// Threads as C11 has them (threads.h). The C library makes them of its pthreads, by its own names
// for these: so what waits, begins or ends is made here once more, of those that are taken. Objects
// are those of pthreads, and what only looks at them is the C library's: mtx_init, cnd_init, tss_*,
// thrd_current, thrd_detach.
#include <pthread.h>
#include <sched.h>
#include <threads.h>
#include <time.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>

#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) &&
              alignof(mtx_t) == alignof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t) && alignof(cnd_t) == alignof(pthread_cond_t));
static_assert(sizeof(once_flag) == sizeof(pthread_once_t));

pthread_mutex_t* pthreadOf(mtx_t* mutex) noexcept {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* pthreadOf(cnd_t* condition) noexcept {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

int resultOf(int error) noexcept {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

// What one ends with, as the pthread leaves it.
void* toPointer(int result) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): as the C library keeps it
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(result));
}

struct Start {
  thrd_start_t function;
  void* argument;
};

void* run(void* given) {
  const Start start = *std::unique_ptr<Start>(static_cast<Start*>(given));
  return toPointer(start.function(start.argument));
}

}  // namespace

TROOP_PRELOADED int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto* start = new (std::nothrow) Start{function, argument};
  if (start == nullptr) return thrd_nomem;
  const int error = pthread_create(thread, nullptr, run, start);
  if (error != 0) delete start;
  return resultOf(error);
}

TROOP_PRELOADED int thrd_join(thrd_t thread, int* result) {
  void* left = nullptr;
  const int error = pthread_join(thread, &left);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(left));
  }
  return resultOf(error);
}

TROOP_PRELOADED void thrd_exit(int result) {
  pthread_exit(toPointer(result));
}

TROOP_PRELOADED int thrd_sleep(const timespec* duration, timespec* left) {
  constexpr int interrupted = -1;
  constexpr int failed = -2;
  const int error = clock_nanosleep(CLOCK_REALTIME, 0, duration, left);
  if (error == 0) return 0;
  return error == EINTR ? interrupted : failed;
}

TROOP_PRELOADED void thrd_yield() {
  sched_yield();
}

TROOP_PRELOADED int mtx_lock(mtx_t* mutex) {
  return resultOf(pthread_mutex_lock(pthreadOf(mutex)));
}

TROOP_PRELOADED int mtx_timedlock(mtx_t* mutex, const timespec* until) {
  return resultOf(pthread_mutex_timedlock(pthreadOf(mutex), until));
}

TROOP_PRELOADED int mtx_trylock(mtx_t* mutex) {
  return resultOf(pthread_mutex_trylock(pthreadOf(mutex)));
}

TROOP_PRELOADED int mtx_unlock(mtx_t* mutex) {
  return resultOf(pthread_mutex_unlock(pthreadOf(mutex)));
}

TROOP_PRELOADED int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return resultOf(pthread_cond_wait(pthreadOf(condition), pthreadOf(mutex)));
}

TROOP_PRELOADED int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return resultOf(pthread_cond_timedwait(pthreadOf(condition), pthreadOf(mutex), until));
}

TROOP_PRELOADED int cnd_signal(cnd_t* condition) {
  return resultOf(pthread_cond_signal(pthreadOf(condition)));
}

TROOP_PRELOADED int cnd_broadcast(cnd_t* condition) {
  return resultOf(pthread_cond_broadcast(pthreadOf(condition)));
}

TROOP_PRELOADED void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(pthreadOf(condition));
}

TROOP_PRELOADED void call_once(once_flag* flag, void (*function)()) {
  pthread_once(reinterpret_cast<pthread_once_t*>(flag), function);
}

}  // namespace troop::preload
