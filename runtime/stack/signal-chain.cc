#include "runtime/stack/signal-chain.h"

#include <cstring>

namespace troop {

// Of an OS thread, while it calls what was there before a handler that stands in its chain more
// than once.
struct SignalChain::Call {
  const SignalChain& chain;
  const std::size_t level;
  const Call* const outer;

  // Not inlined: see runtime/sched/current.cc.
  [[gnu::noinline]] static const Call*& innermost() noexcept {
    asm volatile("" ::: "memory");
    static thread_local const Call* is = nullptr;
    return is;
  }
  static const Call* of(const SignalChain& chain) noexcept {
    const Call* call = innermost();
    while (call != nullptr && &call->chain != &chain) call = call->outer;
    return call;
  }
};

namespace {

bool isSame(const struct sigaction& a, const struct sigaction& b) noexcept {
  constexpr std::size_t maskBytes = 8;  // of the kernel's 64 signals
  return a.sa_flags == b.sa_flags && a.sa_sigaction == b.sa_sigaction &&
         std::memcmp(&a.sa_mask, &b.sa_mask, maskBytes) == 0;
}

}  // namespace

bool SignalChain::install(int signal, Handler handler, int flags) noexcept {
  struct sigaction there = {};
  if (sigaction(signal, nullptr, &there) != 0) return false;
  if ((there.sa_flags & SA_SIGINFO) != 0 && there.sa_sigaction == handler) return true;
  const std::size_t levels = levels_.load();
  if (levels == levelsMax) return false;
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = flags | SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  // Before it may run. Where it stood there before, a handler that began then may still read.
  if (!isSame(previous_[levels], there)) previous_[levels] = there;
  levels_.store(levels + 1);
  if (sigaction(signal, &action, nullptr) != 0) {
    levels_.store(levels);
    return false;
  }
  signal_ = signal;
  handler_ = handler;
  return true;
}

void SignalChain::remove() noexcept {
  const std::size_t levels = levels_.load();
  struct sigaction there = {};
  if (levels == 0 || sigaction(signal_, nullptr, &there) != 0) return;
  if ((there.sa_flags & SA_SIGINFO) == 0 || there.sa_sigaction != handler_) return;
  sigaction(signal_, &previous_[levels - 1], nullptr);
  // One that runs still reads it, and finds what it was.
  levels_.store(levels - 1);
}

bool SignalChain::callPrevious(int signal, siginfo_t* info, void* context) noexcept {
  const std::size_t levels = levels_.load();
  const Call* const within = levels > 1 ? Call::of(*this) : nullptr;
  std::size_t level = levels > 0 ? levels - 1 : 0;
  if (within != nullptr) {
    if (within->level == 0) return false;
    level = within->level - 1;
  }
  const struct sigaction& previous = previous_[level];
  const bool takesInfo = (previous.sa_flags & SA_SIGINFO) != 0;
  if (!takesInfo && (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN)) {
    return false;
  }
  // Only then, as one that leaves by a jump would leave the Call behind.
  const Call call{.chain = *this, .level = level, .outer = Call::innermost()};
  const Call* const outer = call.outer;
  if (levels > 1) Call::innermost() = &call;
  if (takesInfo) {
    previous.sa_sigaction(signal, info, context);
  } else {
    previous.sa_handler(signal);
  }
  if (levels > 1) Call::innermost() = outer;
  return true;
}

bool SignalChain::isNested() const noexcept {
  return levels_.load() > 1 && Call::of(*this) != nullptr;
}

}  // namespace troop
