#include "runtime/stack/overflow.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <mutex>

#include "runtime/base/check.h"
#include "runtime/stack/signal-chain.h"

namespace troop {
namespace {

// Room for the handlers of others as well; MINSIGSTKSZ is too small for AVX-512 frames.
constexpr std::size_t signalStackBytes = std::size_t{64} << 10;
constexpr std::size_t reportBytesMax = 512;

constinit SignalChain handlers;
OverflowReporter reporter = nullptr;

void chain(int signal, siginfo_t* info, void* context) {
  if (handlers.callPrevious(signal, info, context)) return;
  // Returning repeats the faulting instruction, or the kernel's default does what the host had.
  std::signal(signal, SIG_DFL);
  if (info->si_code <= 0) raise(signal);  // sent by somebody: there is no instruction to repeat
}

void handle(int signal, siginfo_t* info, void* context) {
  char report[reportBytesMax];
  const std::size_t length = reporter(info->si_addr, report, sizeof(report));
  if (length == 0) return chain(signal, info, context);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, report, length);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

}  // namespace

void installOverflowHandler(OverflowReporter newReporter) {
  static std::once_flag once;
  std::call_once(once, [&] {
    reporter = newReporter;
    // SA_NODEFER: a fault in a chained handler is its own, not a silent end.
    const bool installed = handlers.install(SIGSEGV, handle, SA_NODEFER);
    check(installed, "a handler of SIGSEGV can be installed");
  });
}

AlternateSignalStack::AlternateSignalStack() {
  stack_t existing = {};
  check(sigaltstack(nullptr, &existing) == 0, "the alternate signal stack can be read");
  if ((existing.ss_flags & SS_DISABLE) == 0) return;
  stack_ = std::make_unique<std::byte[]>(signalStackBytes);
  const stack_t ours = {.ss_sp = stack_.get(), .ss_flags = 0, .ss_size = signalStackBytes};
  check(sigaltstack(&ours, nullptr) == 0, "an alternate signal stack can be set");
}

AlternateSignalStack::~AlternateSignalStack() {
  if (stack_ == nullptr) return;
  stack_t existing = {};
  sigaltstack(nullptr, &existing);
  if (existing.ss_sp != stack_.get()) return;  // replaced since, by a library that restores nothing
  const stack_t none = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  sigaltstack(&none, nullptr);
}

}  // namespace troop
