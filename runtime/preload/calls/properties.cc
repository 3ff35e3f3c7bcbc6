// What pthreads are asked about, or told to be: names, and what the kernel keeps for OS threads. Of
// one in a Task it keeps nothing: what it is asked is answered of the caller's carrier, and what it
// is told is not passed on, as others run there next.
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// Of the carrier; the error.
int getAffinity(std::size_t bytes, cpu_set_t* set) noexcept {
  const long filled =
      kernelCall(SYS_sched_getaffinity, 0, std::min<std::size_t>(bytes, INT_MAX), set);
  if (filled < 0) return static_cast<int>(-filled);
  std::memset(reinterpret_cast<char*>(set) + filled, 0, bytes - static_cast<std::size_t>(filled));
  return 0;
}

// Whether it leaves a CPU to run on, as the kernel asks.
bool isPossible(std::size_t bytes, const cpu_set_t* set) noexcept {
  cpu_set_t allowed;
  if (getAffinity(sizeof(allowed), &allowed) != 0) return true;
  for (std::size_t cpu = 0; cpu < std::min(8 * bytes, std::size_t{CPU_SETSIZE}); ++cpu) {
    if (CPU_ISSET_S(cpu, bytes, set) && CPU_ISSET(cpu, &allowed)) return true;
  }
  return false;
}

// What the kernel tells who may not have real-time policies.
int verdictOn(int policy, int priority) noexcept {
  const int lowest = sched_get_priority_min(policy);
  if (lowest < 0 || priority < lowest || priority > sched_get_priority_max(policy)) return EINVAL;
  return policy == SCHED_FIFO || policy == SCHED_RR ? EPERM : 0;
}

// By the kernel's layout of such numbers (MAKE_THREAD_CPUCLOCK of posix-timers_types.h of Linux).
clockid_t clockOfCarrier() noexcept {
  constexpr int ofThread = 4;
  constexpr int ofScheduler = 2;
  return ~static_cast<clockid_t>(kernelCall(SYS_gettid)) * 8 | ofThread | ofScheduler;
}

}  // namespace

TROOP_PRELOADED int pthread_getaffinity_np(pthread_t thread, size_t bytes,
                                           cpu_set_t* set) noexcept {
  if (inTask(thread)) return getAffinity(bytes, set);
  return TROOP_REAL(pthread_getaffinity_np)(thread, bytes, set);
}

TROOP_PRELOADED int pthread_setaffinity_np(pthread_t thread, size_t bytes,
                                           const cpu_set_t* set) noexcept {
  if (inTask(thread)) return isPossible(bytes, set) ? 0 : EINVAL;
  return TROOP_REAL(pthread_setaffinity_np)(thread, bytes, set);
}

// The C library asks the kernel for the affinity at last, and finds no such OS thread; all else
// stands there then.
TROOP_PRELOADED int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) noexcept {
  const int error = TROOP_REAL(pthread_getattr_np)(thread, attributes);
  if (error != ESRCH || !inTask(thread)) return error;
  cpu_set_t affinity;
  const int unknown = getAffinity(sizeof(affinity), &affinity);
  if (unknown != 0) return unknown;
  return pthread_attr_setaffinity_np(attributes, sizeof(affinity), &affinity);
}

TROOP_PRELOADED int pthread_getcpuclockid(pthread_t thread, clockid_t* clock) noexcept {
  if (!inTask(thread)) return TROOP_REAL(pthread_getcpuclockid)(thread, clock);
  *clock = clockOfCarrier();
  return 0;
}

TROOP_PRELOADED int pthread_getschedparam(pthread_t thread, int* policy,
                                          sched_param* parameters) noexcept {
  if (!inTask(thread)) return TROOP_REAL(pthread_getschedparam)(thread, policy, parameters);
  const long found = kernelCall(SYS_sched_getscheduler, 0);
  if (found < 0) return static_cast<int>(-found);
  *policy = static_cast<int>(found);
  return static_cast<int>(-kernelCall(SYS_sched_getparam, 0, parameters));
}

TROOP_PRELOADED int pthread_setschedparam(pthread_t thread, int policy,
                                          const sched_param* parameters) noexcept {
  if (inTask(thread)) return verdictOn(policy, parameters->sched_priority);
  return TROOP_REAL(pthread_setschedparam)(thread, policy, parameters);
}

TROOP_PRELOADED int pthread_setschedprio(pthread_t thread, int priority) noexcept {
  if (inTask(thread)) return verdictOn(SCHED_OTHER, priority);
  return TROOP_REAL(pthread_setschedprio)(thread, priority);
}

TROOP_PRELOADED int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  if (!inTask(thread)) return TROOP_REAL(pthread_setname_np)(thread, name);
  auto& own = identityOf(thread).name;
  const std::size_t length = strnlen(name, own.size());
  if (length == own.size()) return ERANGE;
  for (std::size_t index = 0; index <= length; ++index) own[index].store(name[index]);
  return 0;
}

TROOP_PRELOADED int pthread_getname_np(pthread_t thread, char* buffer, size_t bytes) noexcept {
  if (!inTask(thread)) return TROOP_REAL(pthread_getname_np)(thread, buffer, bytes);
  const auto& own = identityOf(thread).name;
  if (bytes < own.size()) return ERANGE;
  for (std::size_t index = 0; index < own.size(); ++index) buffer[index] = own[index].load();
  if (buffer[0] != '\0') return 0;
  // It has the program's before that.
  const char* const inherited = program_invocation_short_name;
  const std::size_t length = strnlen(inherited, own.size() - 1);
  std::memcpy(buffer, inherited, length);
  buffer[length] = '\0';
  return 0;
}

}  // namespace troop::preload
