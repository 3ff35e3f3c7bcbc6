#include "runtime/preload/passage.h"

#include <linux/futex.h>
#include <linux/rseq.h>
#include <sched.h>
#include <sys/rseq.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <optional>

#include "runtime/preload/exchange.h"
#include "runtime/preload/host.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"
#include "runtime/preload/signals.h"

// The older form of pthread_cleanup_push(), which glibc declares no more: a frame that has it has
// no destructor, which the unwinder of pthread_exit() would have to know.
// NOLINTBEGIN(readability-identifier-naming): names of the C library
extern "C" {
void _pthread_cleanup_push(_pthread_cleanup_buffer* buffer, void (*routine)(void*),
                           void* argument) noexcept;
void _pthread_cleanup_pop(_pthread_cleanup_buffer* buffer, int execute);
}
// NOLINTEND(readability-identifier-naming)

namespace troop::preload {
namespace {

// Numbers of OS threads end below this (PID_MAX_LIMIT of Linux, 2^22), those of owners of a futex
// at 2^30.
constexpr std::uint32_t firstTid = 1u << 23;
constexpr std::uint32_t tidsMax = 1u << 29;

constinit std::atomic<std::uint32_t> tidsGiven{0};

// main's, and those that were begun here and have not ended. Once main's has, the last one ends the
// program, as that of the C library would do if it did not count the carriers.
constinit std::atomic<int> pthreads{1};

constinit std::atomic<std::uint32_t> forks{0};

pid_t nextTid() noexcept {
  return static_cast<pid_t>(firstTid + tidsGiven.fetch_add(1) % tidsMax);
}

struct Birth {
  PthreadStart start;
  void* argument;
  sigset_t mask;
  Identity* born = nullptr;
  Word osThread{1};  // cleared by the kernel when it has ended
};

// The kernel writes to it in whatever OS thread has registered it, and the C library reads it.
void leaveRestartableSequences() noexcept {
  if (__rseq_size == 0) return;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the base is an address
  auto* const area = reinterpret_cast<char*>(threadBase()) + __rseq_offset;
  // The size that was registered is at least that of the first version.
  constexpr std::size_t bytes = 32;
  kernelCall(SYS_rseq, area, bytes, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

void setMask(const sigset_t& mask) noexcept {
  kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, _NSIG / 8);
}

robust_list_head* robustLocksOfOsThread() noexcept {
  robust_list_head* locks = nullptr;
  std::size_t bytes = 0;
  kernelCall(SYS_get_robust_list, 0, &locks, &bytes);
  return locks;
}

// The next one; the lowest bit of where it is tells of priorities.
char* entryOf(const robust_list& before) noexcept {
  constexpr std::uintptr_t bit = 1;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address, but for that
  return reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(before.next) & ~bit);
}

// The kernel gives up what an OS thread holds of them when that ends, and knows it by its number.
void handToOsThread(robust_list_head& locks, pid_t number) noexcept {
  const auto before = static_cast<std::uint32_t>(number);
  const auto own = static_cast<std::uint32_t>(ownTid());
  for (char* entry = entryOf(locks.list); entry != reinterpret_cast<char*>(&locks.list);
       entry = entryOf(*reinterpret_cast<robust_list*>(entry))) {
    Word& owner = *reinterpret_cast<Word*>(entry + locks.futex_offset);
    std::uint32_t value = owner.load();
    while ((value & FUTEX_TID_MASK) == before &&
           !owner.compare_exchange_weak(value, (value & ~FUTEX_TID_MASK) | own)) {
    }
  }
  kernelCall(SYS_set_robust_list, &locks, sizeof(locks));
}

// On an OS thread, once it is no Task any more, or there was none for it.
void becomeOsThread(Identity& identity) noexcept {
  identity.mode = Identity::Mode::osThread;
  if (identity.robustLocks != nullptr) handToOsThread(*identity.robustLocks, identity.number);
}

// On the stack of the pthread.
void leave(void*) {
  Identity& identity = self();
  if (identity.mode == Identity::Mode::task) {
    onTask(nullptr, nullptr);
    // What runs of the program from here on, destructors, is not interrupted by signals.
    becomeOsThread(identity);
  }
  if (identity.counted && pthreads.fetch_sub(1) == 1) std::exit(0);
}

// Not inlined: what stands here finds thread-local data where `bear` has left them.
[[gnu::noinline]] void* live(PthreadStart start, void* argument) {
  _pthread_cleanup_buffer buffer;
  _pthread_cleanup_push(&buffer, leave, nullptr);
  void* const result = start(argument);
  _pthread_cleanup_pop(&buffer, 1);
  return result;
}

[[gnu::noinline]] void becomeTask(Birth& birth) noexcept {
  sigset_t all;
  sigfillset(&all);
  setMask(all);
  Identity& identity = self();
  identity.mode = Identity::Mode::task;
  identity.counted = true;
  identity.mask = birth.mask;
  identity.programBase = threadBase();
  rememberProcess();
  identity.number = nextTid();
  identity.robustLocks = robustLocksOfOsThread();
  tidOf(pthread_self()) = identity.number;
  leaveRestartableSequences();
  birth.born = &identity;
  kernelCall(SYS_set_tid_address, &birth.osThread);
  troopEndOsThread(&identity.programStack);
  if (identity.mode == Identity::Mode::task) return;
  // There was no room for a Task: it lives on an OS thread, as others do.
  becomeOsThread(identity);
  identity.number = 0;
  identity.left.store(0);
  setMask(identity.mask);
}

// What pthread_create() starts.
void* bear(void* argument) {
  auto& birth = *static_cast<Birth*>(argument);
  const PthreadStart start = birth.start;
  void* const its = birth.argument;
  becomeTask(birth);
  return live(start, its);
}

struct Plain {
  PthreadStart start;
  void* argument;
  sigset_t mask;
  Identity::Mode mode;
};

// What stays an OS thread: one of the runtime, or one of the program that has to.
void* stay(void* argument) {
  auto* const given = static_cast<Plain*>(argument);
  const Plain plain = *given;
  delete given;
  self().mode = plain.mode;
  if (plain.mode == Identity::Mode::runtime) return plain.start(plain.argument);
  self().counted = true;
  setMask(plain.mask);
  return live(plain.start, plain.argument);
}

int beginOsThread(pthread_t* thread, const pthread_attr_t* attributes, Plain plain) noexcept {
  auto* const given = new (std::nothrow) Plain(plain);
  if (given == nullptr) return EAGAIN;
  const int counted = plain.mode == Identity::Mode::osThread ? 1 : 0;
  // Before it may end.
  pthreads.fetch_add(counted);
  const int error = TROOP_REAL(pthread_create)(thread, attributes, stay, given);
  if (error != 0) {
    pthreads.fetch_sub(counted);
    delete given;
  }
  return error;
}

// By the kernel, which uses no private futex then.
void awaitEndOfOsThread(Word& word) noexcept {
  while (word.load() != 0) {
    kernelCall(SYS_futex, &word, FUTEX_WAIT, 1, nullptr, nullptr, 0);
  }
}

bool wantsOsThread(const pthread_attr_t* attributes) noexcept {
  if (!host::available()) return true;
  if (attributes == nullptr) return false;
  int inherits = PTHREAD_INHERIT_SCHED;
  int policy = SCHED_OTHER;
  pthread_attr_getinheritsched(attributes, &inherits);
  pthread_attr_getschedpolicy(attributes, &policy);
  if (inherits == PTHREAD_EXPLICIT_SCHED && policy != SCHED_OTHER) return true;
  // All bits are set where no mask was.
  cpu_set_t affinity;
  const int error = pthread_attr_getaffinity_np(attributes, sizeof(affinity), &affinity);
  return error != 0 || CPU_COUNT(&affinity) != CPU_SETSIZE;
}

// What its attributes say, or that of who makes it.
sigset_t maskOf(const pthread_attr_t* attributes, const sigset_t& ofCaller) noexcept {
  sigset_t mask;
  if (attributes != nullptr && pthread_attr_getsigmask_np(attributes, &mask) == 0) return mask;
  return ofCaller;
}

// The OS threads of those that are ending: few at a time.
class Departures {
 public:
  // A place in `tids_`, once there is one; none when it was waited for long, since what they wait
  // for may need others.
  std::optional<std::size_t> claim() noexcept {
    constexpr int roundsMax = 40;
    for (int round = 0; round < roundsMax; ++round) {
      if (const std::optional<std::size_t> place = claimNow()) return place;
      host::pause();
    }
    return std::nullopt;
  }
  void settle(std::size_t place, pid_t tid) noexcept { tids_[place].store(tid); }

 private:
  static constexpr pid_t claimed = -1;

  static bool ended(pid_t tid) noexcept {
    if (tid == claimed) return false;
    return tid == 0 || kernelCall(SYS_tgkill, getpid(), tid, 0) != 0;
  }
  std::optional<std::size_t> claimNow() noexcept {
    for (std::size_t place = 0; place < tids_.size(); ++place) {
      pid_t tid = tids_[place].load();
      if (ended(tid) && tids_[place].compare_exchange_strong(tid, claimed)) return place;
    }
    return std::nullopt;
  }

  std::array<std::atomic<pid_t>, 4> tids_{};
};

constinit Departures departures;

}  // namespace

int beginPthread(pthread_t* thread, const pthread_attr_t* attributes, PthreadStart start,
                 void* argument) noexcept {
  Identity& caller = self();
  const bool ofRuntime = caller.mode == Identity::Mode::runtime;
  sigset_t mask{};
  if (caller.mode == Identity::Mode::task) {
    mask = caller.mask;
  } else {
    kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &mask, _NSIG / 8);
  }
  if (ofRuntime || wantsOsThread(attributes)) {
    const auto mode = ofRuntime ? Identity::Mode::runtime : Identity::Mode::osThread;
    return beginOsThread(thread, attributes, {start, argument, maskOf(attributes, mask), mode});
  }
  Birth birth{.start = start, .argument = argument, .mask = maskOf(attributes, mask)};
  int error = 0;
  {
    // No handler runs on an OS thread that only ends.
    const bool inTaskNow = caller.mode == Identity::Mode::task;
    std::optional<InRuntime> blocked;
    if (!inTaskNow) blocked.emplace();
    error = TROOP_REAL(pthread_create)(thread, attributes, bear, &birth);
    if (error == 0) awaitEndOfOsThread(birth.osThread);
  }
  if (error != 0) return error;
  pthreads.fetch_add(1);
  if (!host::start(*birth.born)) {
    inRuntime([&] { depart(*birth.born); });
  }
  return 0;
}

void depart(Identity& identity) noexcept {
  const std::optional<std::size_t> place = departures.claim();
  const void* const joiners = &identity.left;
  pid_t* const tid = &tidOf(static_cast<pthread_t>(identity.programBase));
  identity.mode = Identity::Mode::osThread;
  identity.left.store(1);
  pid_t made = 0;
  // Until there is room for one more: it cannot end without.
  while ((made = troopGoOnInOsThread(identity.programStack, identity.programBase, tid)) < 0) {
    host::pause();
  }
  if (place) departures.settle(*place, made);
  wakeByRuntime(joiners, INT_MAX);
}

bool mainIsLast() noexcept {
  return pthreads.fetch_sub(1) == 1;
}

void becomeOnlyThread() noexcept {
  Identity& identity = self();
  if (identity.mode == Identity::Mode::task) setMask(identity.mask);
  identity.mode = Identity::Mode::osThread;
  identity.number = 0;
  identity.interrupts.store(0);
  pthreads.store(1);
  forks.fetch_add(1);
  forgetWaits();
}

std::uint32_t forksThatLedHere() noexcept {
  return forks.load();
}

}  // namespace troop::preload
