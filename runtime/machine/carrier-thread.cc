#include "runtime/machine/carrier-thread.h"

#include <fmt/format.h>

#include <csignal>

#include "runtime/base/check.h"
#include "runtime/stack/running-stack.h"

namespace troop {
namespace {

// While it exists, the calling OS thread gets no signals but those of faults, of profilers and of
// reports, and neither do those that it starts.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (const int open : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF,
                           Interruptible::signalNumber()}) {
      sigdelset(&all, open);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// Not inlined: see runtime/sched/current.cc.
[[gnu::noinline]] bool& onCarrier() noexcept {
  asm volatile("" ::: "memory");
  static thread_local bool is = false;
  return is;
}

sigset_t blockedByHost;

}  // namespace

CarrierThread::~CarrierThread() {
  check(!started_, "the OS thread of a carrier is joined before it is destroyed");
}

void CarrierThread::giveSignalsBackInForks() noexcept {
  static const int error = [] {
    pthread_sigmask(SIG_SETMASK, nullptr, &blockedByHost);
    return pthread_atfork(nullptr, nullptr, [] {
      if (onCarrier()) pthread_sigmask(SIG_SETMASK, &blockedByHost, nullptr);
    });
  }();
  check(error == 0, "what is forked can be told");
}

int CarrierThread::start(unsigned carrier, Entry entry, void* argument) noexcept {
  char name[sizeof(name_)];
  const auto written = fmt::format_to_n(name, sizeof(name) - 1, "carrier {}", carrier);
  return start(std::string_view(name, written.out), entry, argument);
}

int CarrierThread::start(std::string_view name, Entry entry, void* argument) noexcept {
  check(!started_, "a carrier has one OS thread at a time");
  name_[name.copy(name_, sizeof(name_) - 1)] = '\0';
  entry_ = entry;
  argument_ = argument;
  const BlockedSignals blocked;
  const int error = pthread_create(&thread_, nullptr, &run, this);
  started_ = error == 0;
  return error;
}

void CarrierThread::join() noexcept {
  if (!started_) return;
  check(pthread_join(thread_, nullptr) == 0, "the OS thread of a carrier can be joined");
  started_ = false;
}

void* CarrierThread::run(void* self) noexcept {
  CarrierThread& thread = *static_cast<CarrierThread*>(self);
  pthread_setname_np(pthread_self(), thread.name_);
  onCarrier() = true;
  thread.entry_(thread.argument_);
  return nullptr;
}

}  // namespace troop
