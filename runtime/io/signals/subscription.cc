#include "runtime/io/signals/subscription.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>

#include "runtime/base/fork-mark.h"
#include "runtime/io/system-error.h"
#include "runtime/stack/signal-chain.h"

namespace troop::signals {
namespace {

constexpr int signalMax = 64;

struct Place {
  std::atomic<Subscription*> subscription{nullptr};
  std::atomic<unsigned> handlers{0};  // that are looking; see invariants 1 and 2, all seq_cst
};

struct Handled {
  SignalChain chain;
  unsigned subscriptions = 0;
};

// They stay for ever: a handler may run at any time after it was installed.
constinit std::array<Place, Subscription::subscriptionsMax> places;
constinit std::array<Handled, signalMax + 1> handled;

// Protects who is where and what is handled, among those that change it.
std::mutex& changes() {
  static std::mutex mutex;
  return mutex;
}

// Of the OS process that handles signals; made before the first handler is installed.
const ForkMark& mark() {
  static const ForkMark made;
  return made;
}

std::uint64_t bitOf(int signal) noexcept {
  return std::uint64_t{1} << (signal - 1);
}

void onSignal(int signal, siginfo_t* info, void* context) {
  const int before = errno;
  Handled& here = handled[static_cast<std::size_t>(signal)];
  const bool isOthers = mark().inChild();
  if (!isOthers && !here.chain.isNested()) {
    for (Place& place : places) {
      place.handlers.fetch_add(1);
      if (Subscription* subscription = place.subscription.load()) subscription->arrived(signal);
      place.handlers.fetch_sub(1);
    }
  }
  if (!here.chain.callPrevious(signal, info, context) && isOthers) {
    // Nobody subscribed in this child of the OS process: the kernel does what it would have done.
    here.chain.remove();
    raise(signal);
  }
  errno = before;
}

// Whether what happens then is a matter of some instruction, or nobody's to change.
bool isRefused(int signal) noexcept {
  switch (signal) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
    case SIGABRT:
      return true;
    default:
      return signal < 1 || signal > signalMax;
  }
}

// Who does not want to hear of stopped children, or leaves the ended ones to the kernel, goes on
// not to.
int flagsFor(int signal) noexcept {
  struct sigaction there = {};
  if (signal != SIGCHLD || sigaction(signal, nullptr, &there) != 0) return SA_RESTART;
  const bool isIgnored = (there.sa_flags & SA_SIGINFO) == 0 && there.sa_handler == SIG_IGN;
  return SA_RESTART | (there.sa_flags & (SA_NOCLDSTOP | SA_NOCLDWAIT)) |
         (isIgnored ? SA_NOCLDWAIT : 0);
}

// With changes() held.
void ignoreLocked(std::uint64_t wanted) noexcept {
  for (int signal = 1; signal <= signalMax; ++signal) {
    if ((wanted & bitOf(signal)) == 0) continue;
    Handled& here = handled[static_cast<std::size_t>(signal)];
    if (--here.subscriptions == 0) here.chain.remove();
  }
}

// The signal that cannot be handled; 0: all are.
int handleLocked(std::uint64_t wanted) noexcept {
  mark();
  std::uint64_t done = 0;
  for (int signal = 1; signal <= signalMax; ++signal) {
    if ((wanted & bitOf(signal)) == 0) continue;
    Handled& here = handled[static_cast<std::size_t>(signal)];
    if (here.subscriptions == 0 && !here.chain.install(signal, onSignal, flagsFor(signal))) {
      ignoreLocked(done);
      return signal;
    }
    ++here.subscriptions;
    done |= bitOf(signal);
  }
  return 0;
}

Error unusable(int signal) {
  const char* name = sigabbrev_np(signal);
  return Error(ErrorKind::failed,
               fmt::format("signal {} ({}) cannot be subscribed to", signal,
                           name != nullptr ? name : "no name"),
               ErrorDetail::none, Executed::no);
}

}  // namespace

Expected<Ref<Subscription>> Subscription::begin(Reactor& reactor, std::span<const int> signals) {
  std::uint64_t wanted = 0;
  for (const int signal : signals) {
    if (isRefused(signal)) return unusable(signal);
    wanted |= bitOf(signal);
  }
  const int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (bell < 0) return systemError(-errno, "subscribing to", "signals");
  const int heard = fcntl(bell, F_DUPFD_CLOEXEC, 0);
  Expected<Ref<Source>> source =
      heard < 0 ? Expected<Ref<Source>>(systemError(-errno, "subscribing to", "signals"))
                : Source::open(reactor, heard);
  if (source.failed()) {
    ::close(bell);
    return std::move(source).error();
  }
  Ref<Subscription> made =
      Ref<Subscription>::adopt(new Subscription(*std::move(source), bell, wanted));
  if (Expected<void> entered = made->enter(); entered.failed()) return std::move(entered).error();
  return made;
}

Subscription::Subscription(Ref<Source> source, int bell, std::uint64_t wanted) noexcept
    : source_(std::move(source)), bell_(bell), wanted_(wanted) {}

Subscription::~Subscription() {
  end();
  ::close(bell_);
}

Expected<void> Subscription::enter() {
  const std::lock_guard lock(changes());
  for (Place& place : places) {
    if (place.subscription.load() != nullptr) continue;
    if (const int signal = handleLocked(wanted_); signal != 0) return unusable(signal);
    place.subscription.store(this);
    isEntered_.store(true);
    return {};
  }
  return Error(ErrorKind::overloaded,
               fmt::format("there are {} subscriptions to signals already", subscriptionsMax),
               ErrorDetail::quota, Executed::no);
}

void Subscription::end() noexcept {
  // In a child of the OS process who held the lock at its start may not be there.
  if (isEntered_.exchange(false) && !mark().inChild()) {
    const std::lock_guard lock(changes());
    for (Place& place : places) {
      if (place.subscription.load() != this) continue;
      place.subscription.store(nullptr);
      while (place.handlers.load() != 0) sched_yield();
    }
    ignoreLocked(wanted_);
  }
  source_->close();
}

void Subscription::arrived(int signal) noexcept {
  if ((wanted_ & bitOf(signal)) == 0) return;
  arrived_.fetch_or(bitOf(signal));
  const std::uint64_t one = 1;
  (void)!::write(bell_, &one, sizeof(one));
}

long Subscription::take() noexcept {
  const std::uint64_t there = arrived_.load();
  if (there == 0) return -EAGAIN;
  const int signal = std::countr_zero(there) + 1;
  // Another one may have taken it: then there is the next.
  if ((arrived_.fetch_and(~bitOf(signal)) & bitOf(signal)) == 0) return take();
  return signal;
}

}  // namespace troop::signals
