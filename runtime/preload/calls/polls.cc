// Waits for one of several descriptors: poll, select and epoll. Signal masks that are given along
// are not used: carriers block all signals anyway.

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "runtime/preload/attempts.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/readiness.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

Deadline afterMillis(int millis) noexcept {
  if (millis < 0) return {};
  return Deadline::after({millis / 1000, millis % 1000 * 1'000'000L});
}

Deadline afterDuration(const timespec* duration) noexcept {
  return duration == nullptr ? Deadline() : Deadline::after(*duration);
}

// Looks, which is a count or -errno, until there is something or the deadline has passed.
template <typename Look>
ssize_t lookUntil(std::span<const pollfd> wanted, const Deadline& deadline, Look look) {
  pthread_testcancel();
  for (;;) {
    const ssize_t count = look();
    if (count != 0 || (deadline.bounded() && deadline.nanosecondsLeft() <= 0)) return count;
    if (awaitReady(wanted, deadline) != Woken::interrupted) continue;
    pthread_testcancel();
    return -EINTR;
  }
}

int awaitPoll(pollfd* wanted, nfds_t count, const Deadline& deadline) {
  return static_cast<int>(resultOf(lookUntil(
      {wanted, count}, deadline, [&] { return kernelCall(SYS_poll, wanted, count, 0); })));
}

// What select() asks, in the words of poll().
class Selection {
 public:
  Selection(int count, fd_set* readable, fd_set* writable, fd_set* exceptional) noexcept
      : count_(count), sets_{readable, writable, exceptional} {
    for (int kind = 0; kind < kinds; ++kind) {
      if (sets_[kind] != nullptr) std::memcpy(asked_[kind], sets_[kind], bytes());
    }
  }

  // One for each number; null without memory.
  std::unique_ptr<pollfd[]> wanted() const noexcept {
    constexpr short events[kinds] = {POLLIN, POLLOUT, POLLPRI};
    std::unique_ptr<pollfd[]> wanted(new (std::nothrow) pollfd[count_]());
    if (wanted == nullptr) return nullptr;
    for (int descriptor = 0; descriptor < count_; ++descriptor) {
      wanted[descriptor].fd = -1;
      for (int kind = 0; kind < kinds; ++kind) {
        if (sets_[kind] == nullptr || !has(kind, descriptor)) continue;
        wanted[descriptor].fd = descriptor;
        wanted[descriptor].events |= events[kind];
      }
    }
    return wanted;
  }

  // Whatever the sets say by now.
  ssize_t look() const noexcept {
    for (int kind = 0; kind < kinds; ++kind) {
      if (sets_[kind] != nullptr) std::memcpy(sets_[kind], asked_[kind], bytes());
    }
    timespec none{};
    return kernelCall(SYS_pselect6, count_, sets_[0], sets_[1], sets_[2], &none, nullptr);
  }

 private:
  static constexpr int kinds = 3;
  static constexpr int bitsOfWord = 8 * sizeof(unsigned long);

  std::size_t bytes() const noexcept {
    return static_cast<std::size_t>((count_ + bitsOfWord - 1) / bitsOfWord) * sizeof(unsigned long);
  }
  bool has(int kind, int descriptor) const noexcept {
    return (asked_[kind][descriptor / bitsOfWord] >> (descriptor % bitsOfWord) & 1) != 0;
  }

  const int count_;
  fd_set* const sets_[kinds];
  unsigned long asked_[kinds][FD_SETSIZE / bitsOfWord]{};
};

int awaitSelection(int count, fd_set* readable, fd_set* writable, fd_set* exceptional,
                   const Deadline& deadline) {
  const Selection selection(count, readable, writable, exceptional);
  const std::unique_ptr<pollfd[]> wanted = selection.wanted();
  if (wanted == nullptr) return static_cast<int>(resultOf(-ENOMEM));
  return static_cast<int>(resultOf(lookUntil({wanted.get(), static_cast<std::size_t>(count)},
                                             deadline, [&] { return selection.look(); })));
}

// Larger sets than those of the C library are left to the kernel, and so is what is wrong.
bool selectable(int count) noexcept {
  return inTask() && count >= 0 && count <= FD_SETSIZE;
}

int awaitEvents(int epoll, epoll_event* events, int count, const Deadline& deadline) {
  const pollfd wanted{epoll, POLLIN, 0};
  return static_cast<int>(resultOf(lookUntil({&wanted, 1}, deadline, [&] {
    return kernelCall(SYS_epoll_wait, epoll, events, count, 0);
  })));
}

}  // namespace

TROOP_PRELOADED int poll(pollfd* wanted, nfds_t count, int millis) {
  if (!inTask()) return TROOP_REAL(poll)(wanted, count, millis);
  return awaitPoll(wanted, count, afterMillis(millis));
}

TROOP_PRELOADED int ppoll(pollfd* wanted, nfds_t count, const timespec* timeout,
                          const sigset_t* mask) {
  if (!inTask()) return TROOP_REAL(ppoll)(wanted, count, timeout, mask);
  return awaitPoll(wanted, count, afterDuration(timeout));
}

TROOP_PRELOADED int select(int count, fd_set* readable, fd_set* writable, fd_set* exceptional,
                           timeval* timeout) {
  if (!selectable(count)) {
    return TROOP_REAL(select)(count, readable, writable, exceptional, timeout);
  }
  const Deadline deadline =
      timeout == nullptr ? Deadline() : Deadline::after({timeout->tv_sec, timeout->tv_usec * 1000});
  const int result = awaitSelection(count, readable, writable, exceptional, deadline);
  // As Linux does.
  if (timeout != nullptr) {
    const std::int64_t left = std::max<std::int64_t>(deadline.nanosecondsLeft(), 0) / 1000;
    *timeout = {left / 1'000'000, left % 1'000'000};
  }
  return result;
}

TROOP_PRELOADED int pselect(int count, fd_set* readable, fd_set* writable, fd_set* exceptional,
                            const timespec* timeout, const sigset_t* mask) {
  if (!selectable(count)) {
    return TROOP_REAL(pselect)(count, readable, writable, exceptional, timeout, mask);
  }
  return awaitSelection(count, readable, writable, exceptional, afterDuration(timeout));
}

TROOP_PRELOADED int epoll_wait(int epoll, epoll_event* events, int count, int millis) {
  if (!inTask()) return TROOP_REAL(epoll_wait)(epoll, events, count, millis);
  return awaitEvents(epoll, events, count, afterMillis(millis));
}

TROOP_PRELOADED int epoll_pwait(int epoll, epoll_event* events, int count, int millis,
                                const sigset_t* mask) {
  if (!inTask()) return TROOP_REAL(epoll_pwait)(epoll, events, count, millis, mask);
  return awaitEvents(epoll, events, count, afterMillis(millis));
}

TROOP_PRELOADED int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* timeout,
                                 const sigset_t* mask) {
  if (!inTask()) return TROOP_REAL(epoll_pwait2)(epoll, events, count, timeout, mask);
  if (timeout != nullptr && (timeout->tv_sec < 0 || !Deadline(CLOCK_MONOTONIC, timeout).valid())) {
    return static_cast<int>(resultOf(-EINVAL));
  }
  return awaitEvents(epoll, events, count, afterDuration(timeout));
}

// NOLINTBEGIN(readability-identifier-naming): names of the C library
// What the compiler makes of it that checks the size of buffers.
TROOP_PRELOADED int __poll_chk(pollfd* wanted, nfds_t count, int millis, size_t room) {
  if (count > room / sizeof(pollfd)) std::abort();
  return ::poll(wanted, count, millis);
}

TROOP_PRELOADED int __ppoll_chk(pollfd* wanted, nfds_t count, const timespec* timeout,
                                const sigset_t* mask, size_t room) {
  if (count > room / sizeof(pollfd)) std::abort();
  return ::ppoll(wanted, count, timeout, mask);
}
// NOLINTEND(readability-identifier-naming)

}  // namespace troop::preload
