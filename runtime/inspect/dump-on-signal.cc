#include "runtime/inspect/dump-on-signal.h"

#include <fmt/format.h>
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <string_view>
#include <system_error>

#include "runtime/error.h"
#include "runtime/inspect/text.h"
#include "runtime/stack/signal-chain.h"

namespace troop {
namespace inspect {
namespace {

// What the handler of a signal needs. It stays when there is no DumpOnSignal any more: a handler
// may still run then.
struct Entry {
  std::atomic<bool> taken{false};
  std::atomic<bool> ends{false};
  sem_t told;
  SignalChain chain;
};

Entry& entryOf(int signal) {
  static Entry entries[NSIG];
  if (signal <= 0 || signal >= NSIG) {
    throw Error(ErrorKind::failed, fmt::format("there is no signal {}", signal));
  }
  return entries[signal];
}

void onSignal(int signal, siginfo_t* info, void* context) {
  const int before = errno;
  Entry& entry = entryOf(signal);
  if (!entry.chain.isNested()) sem_post(&entry.told);
  entry.chain.callPrevious(signal, info, context);
  errno = before;
}

void await(sem_t& told) noexcept {
  while (sem_wait(&told) != 0) {
  }
}

void writeWhole(int file, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is there to be told
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

DumpOnSignal::DumpOnSignal(Process& process, int signal, int toFile, Options options)
    : process_(process), signal_(signal), toFile_(toFile), options_(options) {
  Entry& entry = entryOf(signal);
  if (entry.taken.exchange(true)) {
    throw Error(ErrorKind::failed, fmt::format("signal {} has a DumpOnSignal already", signal));
  }
  sem_init(&entry.told, 0, 0);
  entry.ends.store(false);
  if (!entry.chain.install(signal, onSignal, SA_RESTART)) {
    entry.taken.store(false);
    throw Error(ErrorKind::failed, fmt::format("signal {} cannot be handled", signal));
  }
  try {
    dumper_ = std::thread(&DumpOnSignal::dumpWhenTold, this);
  } catch (const std::system_error& error) {
    letGo();
    throw Error(ErrorKind::overloaded, fmt::format("an OS thread for dumps: {}", error.what()));
  }
}

DumpOnSignal::~DumpOnSignal() {
  Entry& entry = entryOf(signal_);
  entry.ends.store(true);
  sem_post(&entry.told);
  dumper_.join();
  letGo();
}

void DumpOnSignal::letGo() noexcept {
  Entry& entry = entryOf(signal_);
  entry.chain.remove();
  entry.taken.store(false);
}

void DumpOnSignal::dumpWhenTold() noexcept {
  // Signals are for the host's own threads.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  pthread_setname_np(pthread_self(), "troop dump");
  const Entry& entry = entryOf(signal_);
  for (;;) {
    await(entryOf(signal_).told);
    if (entry.ends.load()) return;
    try {
      writeWhole(toFile_, textOf(inspect(process_, options_)));
    } catch (const std::exception& failure) {
      writeWhole(toFile_, fmt::format("no dump: {}\n", failure.what()));
    }
  }
}

}  // namespace inspect
}  // namespace troop
