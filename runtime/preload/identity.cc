#include "runtime/preload/identity.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "runtime/preload/exchange.h"
#include "runtime/preload/kernel.h"

namespace troop::preload {
namespace {

// In every thread's data from its beginning on, at one distance of their base: so that of another
// thread is found as well.
[[gnu::tls_model("initial-exec")]] constinit thread_local Identity own;

// A member of what a pthread_t points to. How glibc tells debuggers where one is: its size in bits,
// how many, and the offset (nptl_db of glibc).
class Member {
 public:
  explicit constexpr Member(const char* description) noexcept : description_(description) {}

  // Zero where it is not as it is known here.
  std::uint32_t offset() noexcept {
    // Relaxed: all who look find the same.
    std::uint32_t found = offset_.load(std::memory_order_relaxed);
    if (found == unknown) {
      found = find();
      offset_.store(found, std::memory_order_relaxed);
    }
    return found;
  }

  template <typename T>
  T& of(pthread_t thread) noexcept {
    static_assert(sizeof(T) == bytes);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the C library's pthread_t is an address
    return *reinterpret_cast<T*>(thread + offset());
  }

 private:
  static constexpr std::uint32_t unknown = UINT32_MAX;
  static constexpr std::size_t bytes = 4;

  std::uint32_t find() const noexcept {
    const void* found = dlsym(RTLD_DEFAULT, description_);
    if (found == nullptr) return 0;
    std::uint32_t description[3];
    std::memcpy(description, found, sizeof(description));
    return description[0] == 8 * bytes && description[1] == 1 ? description[2] : 0;
  }

  const char* const description_;
  std::atomic<std::uint32_t> offset_{unknown};
};

constinit Member tid("_thread_db_pthread_tid");
constinit Member cancellation("_thread_db_pthread_cancelhandling");

}  // namespace

Identity& self() noexcept {
  return own;
}

Identity& identityOf(pthread_t thread) noexcept {
  const std::ptrdiff_t distance =
      reinterpret_cast<std::uintptr_t>(&own) - static_cast<std::uintptr_t>(pthread_self());
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the C library's pthread_t is an address
  return *reinterpret_cast<Identity*>(thread + static_cast<std::uintptr_t>(distance));
}

[[gnu::noinline]] void onTask(void (*request)(void* argument), void* argument) noexcept {
  Identity& identity = own;
  identity.request = request;
  identity.argument = argument;
  troopExchangeStacks(&identity.programStack, identity.taskStack, identity.carrierBase);
}

pid_t& tidOf(pthread_t thread) noexcept {
  return tid.of<pid_t>(thread);
}

std::atomic<std::uint32_t>& cancellationOf(pthread_t thread) noexcept {
  return cancellation.of<std::atomic<std::uint32_t>>(thread);
}

bool insidesAreKnown() noexcept {
  return tid.offset() != 0 && ownTid() == static_cast<pid_t>(kernelCall(SYS_gettid)) &&
         cancellation.offset() != 0;
}

InRuntime::InRuntime() noexcept : mask_(), before_(own.mode) {
  sigset_t all;
  sigfillset(&all);
  // Those that tell of a fault of the caller itself.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
    sigdelset(&all, fault);
  }
  kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask_, _NSIG / 8);
  own.mode = Identity::Mode::runtime;
}

InRuntime::~InRuntime() {
  own.mode = before_;
  kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, &mask_, nullptr, _NSIG / 8);
}

}  // namespace troop::preload
