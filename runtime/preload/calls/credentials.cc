// Credentials of the OS process: the kernel keeps them for each OS thread, and the C library
// changes them in all of its own by a signal, until each has noted in its thread-local data that it
// has been reached. Carriers are such OS threads, and have the data of a pthread while they run its
// code.
#include <grp.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "runtime/preload/exchange.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// SIGSETXID of glibc (nptl-signals.h), which its sigaction() does not know.
constexpr int signalOfCredentials = 33;

using Handler = void (*)(int signal, siginfo_t* information, void* context);

// As the kernel has it.
struct Action {
  Handler handler;
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

constinit std::atomic<Handler> ofCLibrary{nullptr};

// Has the C library find the thread-local data of the carrier.
void handle(int signal, siginfo_t* information, void* context) {
  const Handler its = ofCLibrary.load();
  if (!inTask()) return its(signal, information, context);
  withThreadBase(self().carrierBase, [&] { its(signal, information, context); });
}

// Since the first pthread the C library has its handler there.
void takeHandler() noexcept {
  Action action{};
  kernelCall(SYS_rt_sigaction, signalOfCredentials, nullptr, &action, _NSIG / 8);
  if (action.handler == nullptr || action.handler == handle) return;
  ofCLibrary.store(action.handler);
  action.handler = handle;
  kernelCall(SYS_rt_sigaction, signalOfCredentials, &action, nullptr, _NSIG / 8);
}

// Calls call() as the carrier, which is the one OS thread that it does not send the signal to.
template <typename Call>
int everywhere(Call call) noexcept {
  takeHandler();
  int result = 0;
  int error = 0;
  inRuntime([&] {
    result = call();
    error = errno;
  });
  if (result != 0) errno = error;
  return result;
}

}  // namespace

TROOP_PRELOADED int setuid(uid_t user) noexcept {
  return everywhere([&] { return TROOP_REAL(setuid)(user); });
}

TROOP_PRELOADED int setgid(gid_t group) noexcept {
  return everywhere([&] { return TROOP_REAL(setgid)(group); });
}

TROOP_PRELOADED int seteuid(uid_t effective) noexcept {
  return everywhere([&] { return TROOP_REAL(seteuid)(effective); });
}

TROOP_PRELOADED int setegid(gid_t effective) noexcept {
  return everywhere([&] { return TROOP_REAL(setegid)(effective); });
}

TROOP_PRELOADED int setreuid(uid_t user, uid_t effective) noexcept {
  return everywhere([&] { return TROOP_REAL(setreuid)(user, effective); });
}

TROOP_PRELOADED int setregid(gid_t group, gid_t effective) noexcept {
  return everywhere([&] { return TROOP_REAL(setregid)(group, effective); });
}

TROOP_PRELOADED int setresuid(uid_t user, uid_t effective, uid_t saved) noexcept {
  return everywhere([&] { return TROOP_REAL(setresuid)(user, effective, saved); });
}

TROOP_PRELOADED int setresgid(gid_t group, gid_t effective, gid_t saved) noexcept {
  return everywhere([&] { return TROOP_REAL(setresgid)(group, effective, saved); });
}

TROOP_PRELOADED int setgroups(size_t count, const gid_t* groups) noexcept {
  return everywhere([&] { return TROOP_REAL(setgroups)(count, groups); });
}

// Whose groups are looked up on the stack of the pthread.
TROOP_PRELOADED int initgroups(const char* user, gid_t group) {
  takeHandler();
  if (!inTask()) return TROOP_REAL(initgroups)(user, group);
  std::vector<gid_t> groups(32);
  int count = static_cast<int>(groups.size());
  while (getgrouplist(user, group, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
  }
  return setgroups(static_cast<std::size_t>(count), groups.data());
}

}  // namespace troop::preload
