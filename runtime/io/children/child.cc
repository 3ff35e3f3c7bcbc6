#include "runtime/io/children/child.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include "runtime/blocking/blocking.h"
#include "runtime/io/system-error.h"

namespace troop::children {
namespace {

#ifndef P_PIDFD
constexpr auto byDescriptor = static_cast<idtype_t>(3);
#else
constexpr auto byDescriptor = P_PIDFD;
#endif

// In place of a descriptor.
constexpr int closed = -1;

template <typename Result>
Result orErrno(Result result) noexcept {
  return result < 0 ? static_cast<Result>(-errno) : result;
}

long waitFor(idtype_t kind, int id, siginfo_t& how, int options) noexcept {
  long result = 0;
  do {
    how.si_pid = 0;
    result = orErrno(waitid(kind, static_cast<id_t>(id), &how, options));
  } while (result == -EINTR);
  return result;
}

// Ends and reaps one that nobody watches.
void endUnwatched(pid_t id) noexcept {
  const BlockingRegion blocks;
  ::kill(id, SIGKILL);
  siginfo_t how{};
  waitFor(P_PID, id, how, WEXITED);
}

// What the OS thread of one child needs.
struct Vigil {
  pid_t id;
  int told;  // what it closes at the end

  static void* keep(void* self) noexcept {
    const std::unique_ptr<Vigil> vigil(static_cast<Vigil*>(self));
    siginfo_t how{};
    waitFor(P_PID, vigil->id, how, WEXITED | WNOWAIT);
    ::close(vigil->told);
    return nullptr;
  }
};

// Of no signal; 0 or an errno.
int startDetached(void* (*function)(void*), void* argument) noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const int error = pthread_create(&thread, &detached, function, argument);
  pthread_attr_destroy(&detached);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

// What can be read, or is closed by its other end, once the child has ended; or -errno.
int watchByThread(Reactor& reactor, pid_t id) {
  std::array<int, 2> ends{};
  if (const int refused = reactor.pipe(ends); refused < 0) return refused;
  auto* const vigil = new (std::nothrow) Vigil{.id = id, .told = ends[1]};
  const int error = vigil == nullptr ? ENOMEM : startDetached(Vigil::keep, vigil);
  if (error != 0) {
    delete vigil;
    reactor.closeUnused(ends[0]);
    reactor.closeUnused(ends[1]);
    return -error;
  }
  return ends[0];
}

}  // namespace

Child::Child(Ref<Source> source, pid_t id, std::string name, Watch watch) noexcept
    : source_(std::move(source)), id_(id), name_(std::move(name)), watch_(watch) {}

Expected<Ref<Child>> Child::adopt(Reactor& reactor, pid_t id, std::string name, Watch watch) {
  int descriptor = -ENOSYS;
  if (watch == Watch::byDescriptor) {
    descriptor = static_cast<int>(orErrno(syscall(SYS_pidfd_open, id, 0)));
  }
  if (descriptor == -ENOSYS || descriptor == -EPERM) {
    watch = Watch::byThread;
    descriptor = watchByThread(reactor, id);
  }
  Expected<Ref<Source>> source =
      descriptor < 0 ? Expected<Ref<Source>>(systemError(descriptor, "watching", name))
                     : Source::open(reactor, descriptor);
  if (source.failed()) {
    endUnwatched(id);
    return std::move(source).error();
  }
  auto* made = new (std::nothrow) Child(*std::move(source), id, std::move(name), watch);
  if (made != nullptr) return Ref<Child>::adopt(made);
  endUnwatched(id);
  return Error(ErrorKind::overloaded, "no memory is left for a child", ErrorDetail::memory);
}

Expected<ChildEnd> Child::outcome(const Expected<long>& asked) const {
  if (asked.failed()) return asked.error();
  if (asked.value() == -ECHILD) {
    return Error(ErrorKind::failed,
                 fmt::format("waiting for {}: who else waits for children in this OS process has "
                             "been told how it ended",
                             name_));
  }
  if (asked.value() < 0) return systemError(asked.value(), "waiting for", name_);
  const std::lock_guard lock(mutex_);
  return how_;
}

long Child::ask(int descriptor) noexcept {
  const std::lock_guard lock(mutex_);
  if (state_ == State::ending) return -EAGAIN;
  if (state_ == State::running) {
    siginfo_t how{};
    const long result = reap(descriptor, how, WEXITED | WNOHANG);
    if (result == 0 && how.si_pid == 0) return -EAGAIN;
    reapedLocked(result, how);
  }
  return state_ == State::lost ? -ECHILD : 0;
}

long Child::reap(int descriptor, siginfo_t& how, int options) const noexcept {
  return watch_ == Watch::byDescriptor && descriptor != closed
             ? waitFor(byDescriptor, descriptor, how, options)
             : waitFor(P_PID, id_, how, options);
}

void Child::reapedLocked(long result, const siginfo_t& how) noexcept {
  state_ = result == 0 ? State::reaped : State::lost;
  if (how.si_code == CLD_EXITED) {
    how_ = {.status = how.si_status};
  } else {
    how_ = {.signal = how.si_status};
  }
}

long Child::send(int descriptor, int number) const noexcept {
  if (watch_ == Watch::byDescriptor && descriptor != closed) {
    return orErrno(syscall(SYS_pidfd_send_signal, descriptor, number, nullptr, 0));
  }
  // The number stays its own until it is reaped; only a host that has this done by the kernel, or
  // does it itself, may have had that.
  siginfo_t how{};
  if (waitFor(P_PID, id_, how, WEXITED | WNOHANG | WNOWAIT) < 0) return -ESRCH;
  return orErrno(::kill(id_, number));
}

long Child::signal(int number) noexcept {
  return source_->use([&](Reactor&, int descriptor) -> long {
    // Who reaps it waits meanwhile, so that its number is nobody else's.
    const std::lock_guard lock(mutex_);
    return state_ == State::running ? send(descriptor, number) : -ESRCH;
  });
}

void Child::end() noexcept {
  if (!mark_.inChild()) {
    const long used = source_->use([this](Reactor&, int descriptor) -> long {
      endRunning(descriptor);
      return 0;
    });
    // Its Process has ended, which closes what is open.
    if (used == Source::closedHere) endRunning(closed);
  }
  source_->close();
}

void Child::endRunning(int descriptor) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::running) return;
    state_ = State::ending;
    send(descriptor, SIGKILL);
  }
  siginfo_t how{};
  const BlockingRegion blocks;
  const long result = reap(descriptor, how, WEXITED);
  const std::lock_guard lock(mutex_);
  reapedLocked(result, how);
}

}  // namespace troop::children
