#include "runtime/preload/signals.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

constexpr int signalsMax = 64;

constinit std::atomic<pid_t> ownProcess{0};

std::uint64_t bitOf(int signal) noexcept {
  return std::uint64_t{1} << (signal - 1);
}

void setMask(const sigset_t& mask, sigset_t* before) noexcept {
  kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, before, _NSIG / 8);
}

// As the kernel would. Whether a call that waits is to tell of it.
bool handle(int signal) {
  struct sigaction action;
  if (sigaction(signal, nullptr, &action) != 0) return false;
  const bool withInformation = (action.sa_flags & SA_SIGINFO) != 0;
  if (!withInformation && action.sa_handler == SIG_IGN) return false;
  if (!withInformation && action.sa_handler == SIG_DFL) {
    // What happens then happens to the OS process.
    kill(getpid(), signal);
    return false;
  }
  Identity& identity = self();
  const sigset_t before = identity.mask;
  sigorset(&identity.mask, &identity.mask, &action.sa_mask);
  if ((action.sa_flags & SA_NODEFER) == 0) sigaddset(&identity.mask, signal);
  const int error = errno;
  if (withInformation) {
    siginfo_t information{};
    information.si_signo = signal;
    information.si_code = SI_TKILL;
    information.si_pid = getpid();
    information.si_uid = getuid();
    ucontext_t context;
    getcontext(&context);
    action.sa_sigaction(signal, &information, &context);
  } else {
    action.sa_handler(signal);
  }
  errno = error;
  identity.mask = before;
  return (action.sa_flags & SA_RESTART) == 0;
}

// One that was sent to the caller, and is not any more; 0: none that it does not block.
int takeSignal() noexcept {
  Identity& identity = self();
  for (int signal = 1; signal <= signalsMax; ++signal) {
    if ((identity.signals.load() & bitOf(signal)) == 0) continue;
    if (sigismember(&identity.mask, signal) != 0) continue;
    if ((identity.signals.fetch_and(~bitOf(signal)) & bitOf(signal)) != 0) return signal;
  }
  return 0;
}

int change(sigset_t& mask, int how, const sigset_t& set) noexcept {
  switch (how) {
    case SIG_BLOCK:
      sigorset(&mask, &mask, &set);
      return 0;
    case SIG_UNBLOCK:
      for (int signal = 1; signal <= signalsMax; ++signal) {
        if (sigismember(&set, signal) == 1) sigdelset(&mask, signal);
      }
      return 0;
    case SIG_SETMASK:
      mask = set;
      return 0;
    default:
      return EINVAL;
  }
}

}  // namespace

bool deliverSignals() {
  self().interrupts.fetch_and(~static_cast<std::uint32_t>(Identity::signalled));
  bool tells = false;
  for (int signal = 0; (signal = takeSignal()) != 0;) {
    if (handle(signal)) tells = true;
  }
  return tells;
}

void rememberProcess() noexcept {
  ownProcess.store(static_cast<pid_t>(kernelCall(SYS_getpid)));
}

bool inChildOfTask() noexcept {
  return inTask() && kernelCall(SYS_getpid) != ownProcess.load();
}

OwnMask::OwnMask() noexcept : changed_(inTask()) {
  if (changed_) setMask(self().mask, &before_);
}

OwnMask::~OwnMask() {
  if (changed_) setMask(before_, nullptr);
}

TROOP_PRELOADED int pthread_sigmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  if (!inTask() || inChildOfTask()) return TROOP_REAL(pthread_sigmask)(how, set, before);
  Identity& identity = self();
  const sigset_t was = identity.mask;
  const int error = set == nullptr ? 0 : change(identity.mask, how, *set);
  if (before != nullptr) *before = was;
  if (error == 0 && identity.signals.load() != 0) deliverSignals();
  return error;
}

TROOP_PRELOADED int sigprocmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  if (!inTask()) return TROOP_REAL(sigprocmask)(how, set, before);
  const int error = pthread_sigmask(how, set, before);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

TROOP_PRELOADED int pthread_kill(pthread_t thread, int signal) noexcept {
  Identity& identity = identityOf(thread);
  if (identity.mode != Identity::Mode::task) return TROOP_REAL(pthread_kill)(thread, signal);
  if (signal < 0 || signal > signalsMax) return EINVAL;
  if (signal == 0) return 0;
  identity.signals.fetch_or(bitOf(signal));
  if (&identity == &self()) {
    deliverSignals();
  } else {
    interrupt(identity, Identity::signalled);
  }
  return 0;
}

TROOP_PRELOADED int raise(int signal) noexcept {
  // This one ends the program where it stands.
  if (!inTask() || signal == SIGABRT) return TROOP_REAL(raise)(signal);
  const int error = pthread_kill(pthread_self(), signal);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

TROOP_PRELOADED int pause() {
  if (!inTask()) return TROOP_REAL(pause)();
  pthread_testcancel();
  while (waitOn(self().never, 0, Deadline(), Interruptible::byCancellationToo) !=
         Woken::interrupted) {
  }
  pthread_testcancel();
  errno = EINTR;
  return -1;
}

}  // namespace troop::preload
