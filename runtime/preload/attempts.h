// Calls of the kernel that are tried without waiting, and tried again when their descriptor is
// ready: what a blocking call is to the caller.
//
// Threads: of those that run in Tasks. Fails: as the call does.
//
//   return resultOf(untilDone(descriptor, POLLIN, SO_RCVTIMEO, [&] { return receiveNow(); }));
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "runtime/preload/lot.h"
#include "runtime/preload/readiness.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

// As the C library tells it.
inline ssize_t resultOf(ssize_t result) noexcept {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

// Whether its calls never wait, as somebody has asked for.
bool neverWaits(int descriptor) noexcept;

// Of its time-out: SO_RCVTIMEO or SO_SNDTIMEO; none where `option` is 0, or it is no socket.
Deadline deadlineOf(int descriptor, int option) noexcept;

// 0 when it is ready; -EAGAIN at its deadline, -EINTR.
ssize_t awaitTurn(int descriptor, short events, const Deadline& deadline);

// Calls attempt(), which returns -EAGAIN where it would have to wait, until it does not.
template <typename Attempt>
ssize_t untilDone(int descriptor, short events, int timeoutOption, Attempt attempt) {
  pthread_testcancel();
  ssize_t result = attempt();
  if (result != -EAGAIN || neverWaits(descriptor)) return result;
  const Deadline deadline = deadlineOf(descriptor, timeoutOption);
  do {
    const ssize_t waited = awaitTurn(descriptor, events, deadline);
    if (waited != 0) return waited;
    result = attempt();
  } while (result == -EAGAIN);
  return result;
}

// The same for `bytes` of a stream, of which attempt(done) does some: all, unless something fails
// after some are done, or its calls never wait.
template <typename Attempt>
ssize_t untilAllDone(int descriptor, short events, int timeoutOption, std::size_t bytes,
                     Attempt attempt) {
  std::size_t done = 0;
  for (;;) {
    const ssize_t result =
        untilDone(descriptor, events, timeoutOption, [&] { return attempt(done); });
    if (result <= 0) return done > 0 ? static_cast<ssize_t>(done) : result;
    done += static_cast<std::size_t>(result);
    if (done >= bytes || neverWaits(descriptor)) return static_cast<ssize_t>(done);
  }
}

// None where the kernel refuses so many parts.
std::size_t bytesOf(std::span<const iovec> parts) noexcept;

// What is left of `parts` when `done` bytes of them are, as far as it fits.
class Rest {
 public:
  Rest(std::span<const iovec> parts, std::size_t done) noexcept;
  iovec* parts() noexcept { return parts_.data(); }
  const iovec* parts() const noexcept { return parts_.data(); }
  int count() const noexcept { return count_; }

 private:
  std::array<iovec, 16> parts_;
  int count_ = 0;
};

// What the kernel sends with EPIPE, which a carrier has blocked.
void signalBrokenPipe() noexcept;

}  // namespace preload
}  // namespace troop
