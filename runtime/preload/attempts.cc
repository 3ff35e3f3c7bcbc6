#include "runtime/preload/attempts.h"

#include <limits.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/preload/identity.h"

namespace troop::preload {

bool neverWaits(int descriptor) noexcept {
  const int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 || (flags & O_NONBLOCK) != 0;
}

Deadline deadlineOf(int descriptor, int option) noexcept {
  if (option == 0) return {};
  timeval timeout{};
  socklen_t length = sizeof(timeout);
  if (getsockopt(descriptor, SOL_SOCKET, option, &timeout, &length) != 0) return {};
  if (timeout.tv_sec == 0 && timeout.tv_usec == 0) return {};
  return Deadline::after({timeout.tv_sec, timeout.tv_usec * 1000});
}

ssize_t awaitTurn(int descriptor, short events, const Deadline& deadline) {
  switch (awaitReady(descriptor, events, deadline)) {
    case Woken::timedOut:
      return -EAGAIN;
    case Woken::interrupted:
      pthread_testcancel();
      return -EINTR;
    case Woken::byOther:
    case Woken::changed:
      break;
  }
  return 0;
}

std::size_t bytesOf(std::span<const iovec> parts) noexcept {
  std::size_t bytes = 0;
  if (parts.size() > IOV_MAX) return bytes;
  for (const iovec& part : parts) bytes += part.iov_len;
  return bytes;
}

Rest::Rest(std::span<const iovec> parts, std::size_t done) noexcept {
  for (const iovec& part : parts) {
    if (count_ == static_cast<int>(parts_.size())) break;
    const std::size_t skipped = std::min(done, part.iov_len);
    done -= skipped;
    if (skipped == part.iov_len && skipped > 0) continue;
    parts_[count_++] = {static_cast<char*>(part.iov_base) + skipped, part.iov_len - skipped};
  }
}

void signalBrokenPipe() noexcept {
  if (sigismember(&self().mask, SIGPIPE) == 0) kill(getpid(), SIGPIPE);
}

}  // namespace troop::preload
