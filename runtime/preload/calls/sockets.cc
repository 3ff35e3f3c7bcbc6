// Sockets: receiving, sending, accepting and connecting.

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "runtime/preload/attempts.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

bool isStream(int descriptor) noexcept {
  int type = 0;
  socklen_t length = sizeof(type);
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

// Calls attempt(flags) as untilDone() does, unless the caller does not wait anyway.
template <typename Attempt>
ssize_t perform(int descriptor, short events, int option, int flags, Attempt attempt) {
  if ((flags & MSG_DONTWAIT) != 0) return attempt();
  return untilDone(descriptor, events, option, attempt);
}

ssize_t receive(int descriptor, void* buffer, std::size_t bytes, int flags, sockaddr* from,
                socklen_t* length) {
  const auto some = [&](std::size_t done) {
    return kernelCall(SYS_recvfrom, descriptor, static_cast<char*>(buffer) + done, bytes - done,
                      flags | MSG_DONTWAIT, from, length);
  };
  const bool wantsAll = (flags & MSG_WAITALL) != 0 && (flags & (MSG_DONTWAIT | MSG_PEEK)) == 0;
  if (wantsAll && isStream(descriptor)) {
    return untilAllDone(descriptor, POLLIN, SO_RCVTIMEO, bytes, some);
  }
  return perform(descriptor, POLLIN, SO_RCVTIMEO, flags, [&] { return some(0); });
}

ssize_t sendBytes(int descriptor, const void* buffer, std::size_t bytes, int flags,
                  const sockaddr* to, socklen_t length) {
  const auto some = [&](std::size_t done) {
    return kernelCall(SYS_sendto, descriptor, static_cast<const char*>(buffer) + done, bytes - done,
                      flags | MSG_DONTWAIT, to, length);
  };
  const ssize_t result = (flags & MSG_DONTWAIT) != 0
                             ? some(0)
                             : untilAllDone(descriptor, POLLOUT, SO_SNDTIMEO, bytes, some);
  if (result == -EPIPE && (flags & MSG_NOSIGNAL) == 0) signalBrokenPipe();
  return result;
}

// What is left of a message when `done` bytes of it are.
class MessageRest {
 public:
  MessageRest(const msghdr& message, std::size_t done) noexcept
      : parts_({message.msg_iov, message.msg_iovlen}, done), header_(message) {
    header_.msg_iov = parts_.parts();
    header_.msg_iovlen = static_cast<std::size_t>(parts_.count());
  }
  msghdr& header() noexcept { return header_; }

 private:
  Rest parts_;
  msghdr header_;
};

std::size_t bytesOf(const msghdr& message) noexcept {
  return preload::bytesOf({message.msg_iov, message.msg_iovlen});
}

// Whether the kernel ends a message there: descriptors, and who has sent it, are not told of two.
bool endsAfter(const msghdr& message) noexcept {
  auto& its = const_cast<msghdr&>(message);
  for (cmsghdr* control = CMSG_FIRSTHDR(&its); control != nullptr;
       control = CMSG_NXTHDR(&its, control)) {
    if (control->cmsg_level != SOL_SOCKET) continue;
    if (control->cmsg_type == SCM_RIGHTS || control->cmsg_type == SCM_CREDENTIALS) return true;
  }
  return false;
}

// All of a stream that it has room for.
ssize_t receiveWhole(int descriptor, msghdr& message, int flags) {
  const msghdr asked = message;
  const std::size_t bytes = bytesOf(asked);
  std::size_t ended = 0;  // the bytes after which nothing is to be added
  return untilAllDone(descriptor, POLLIN, SO_RCVTIMEO, bytes, [&](std::size_t done) -> ssize_t {
    if (ended != 0) return 0;
    MessageRest rest(asked, done);
    msghdr& header = rest.header();
    const ssize_t got = kernelCall(SYS_recvmsg, descriptor, &header, flags | MSG_DONTWAIT);
    if (got < 0 || (got == 0 && done > 0)) return got;
    message.msg_namelen = header.msg_namelen;
    message.msg_controllen = header.msg_controllen;
    message.msg_flags = header.msg_flags;
    if (endsAfter(message)) ended = done + static_cast<std::size_t>(got);
    return got;
  });
}

ssize_t receiveMessage(int descriptor, msghdr& message, int flags) {
  const bool wantsAll = (flags & MSG_WAITALL) != 0 && (flags & (MSG_DONTWAIT | MSG_PEEK)) == 0;
  if (wantsAll && isStream(descriptor)) return receiveWhole(descriptor, message, flags);
  return perform(descriptor, POLLIN, SO_RCVTIMEO, flags, [&] {
    return kernelCall(SYS_recvmsg, descriptor, &message, flags | MSG_DONTWAIT);
  });
}

ssize_t sendMessage(int descriptor, const msghdr& message, int flags) {
  const auto some = [&](std::size_t done) {
    if (done == 0) return kernelCall(SYS_sendmsg, descriptor, &message, flags | MSG_DONTWAIT);
    MessageRest rest(message, done);
    // Went with the first of it.
    rest.header().msg_control = nullptr;
    rest.header().msg_controllen = 0;
    return kernelCall(SYS_sendmsg, descriptor, &rest.header(), flags | MSG_DONTWAIT);
  };
  const ssize_t result =
      (flags & MSG_DONTWAIT) != 0
          ? some(0)
          : untilAllDone(descriptor, POLLOUT, SO_SNDTIMEO, bytesOf(message), some);
  if (result == -EPIPE && (flags & MSG_NOSIGNAL) == 0) signalBrokenPipe();
  return result;
}

// As many of them as function(message) succeeds with, which says how many bytes were moved; its
// error, where that is none.
template <typename Function>
ssize_t each(std::span<mmsghdr> messages, Function function) {
  int count = 0;
  for (mmsghdr& message : messages) {
    const ssize_t moved = function(message.msg_hdr);
    if (moved < 0) return count > 0 ? count : moved;
    message.msg_len = static_cast<unsigned>(moved);
    ++count;
  }
  return count;
}

// Until all have come, or the deadline has passed when one has: as the kernel looks at it.
ssize_t receiveMessages(int descriptor, std::span<mmsghdr> messages, int flags,
                        const Deadline& deadline) {
  const bool forOne = (flags & MSG_WAITFORONE) != 0;
  int now = flags & ~MSG_WAITFORONE;
  bool ends = false;
  return each(messages, [&](msghdr& message) -> ssize_t {
    if (ends) return -EAGAIN;
    const ssize_t moved = receiveMessage(descriptor, message, now);
    if (forOne) now |= MSG_DONTWAIT;
    ends = (deadline.bounded() && deadline.nanosecondsLeft() <= 0) ||
           (message.msg_flags & MSG_OOB) != 0;
    return moved;
  });
}

// More than these the kernel does not look at.
std::span<mmsghdr> lookedAt(mmsghdr* messages, unsigned count) noexcept {
  return {messages, std::min<std::size_t>(count, IOV_MAX)};
}

// One at a time of those that look whether there is a connection and take it: the kernel has no
// call that does both and does not wait, unless the socket never waits.
class Acceptance {
 public:
  explicit Acceptance(int descriptor) noexcept
      : lock_(locks[static_cast<unsigned>(descriptor) % locks.size()]) {
    pthread_mutex_lock(&lock_);
  }
  ~Acceptance() { pthread_mutex_unlock(&lock_); }
  Acceptance(const Acceptance&) = delete;
  Acceptance& operator=(const Acceptance&) = delete;

 private:
  static constinit std::array<pthread_mutex_t, 64> locks;  // zeros are PTHREAD_MUTEX_INITIALIZER
  pthread_mutex_t& lock_;
};
constinit std::array<pthread_mutex_t, 64> Acceptance::locks{};

ssize_t acceptNow(int descriptor, sockaddr* from, socklen_t* length, int flags) {
  const Acceptance turn(descriptor);
  pollfd wanted{descriptor, POLLIN, 0};
  if (kernelCall(SYS_poll, &wanted, 1, 0) == 0) return -EAGAIN;
  return kernelCall(SYS_accept4, descriptor, from, length, flags);
}

// The error that ended the connection, or none.
ssize_t connected(int descriptor) noexcept {
  int error = 0;
  socklen_t length = sizeof(error);
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return -errno;
  return -error;
}

// The descriptor never waits for as long as the call takes, also for others that use it then.
ssize_t connectNow(int descriptor, const sockaddr* to, socklen_t length, int flags) noexcept {
  fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  const ssize_t result = kernelCall(SYS_connect, descriptor, to, length);
  fcntl(descriptor, F_SETFL, flags);
  return result;
}

ssize_t connectAndWait(int descriptor, const sockaddr* to, socklen_t length) {
  pthread_testcancel();
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) != 0) {
    return kernelCall(SYS_connect, descriptor, to, length);
  }
  const ssize_t begun = connectNow(descriptor, to, length, flags);
  // A queue of a local socket that is full is nothing that one could be told of.
  if (begun == -EAGAIN) return kernelCall(SYS_connect, descriptor, to, length);
  if (begun != -EINPROGRESS) return begun;
  const ssize_t waited = awaitTurn(descriptor, POLLOUT, deadlineOf(descriptor, SO_SNDTIMEO));
  if (waited == -EAGAIN) return -EINPROGRESS;
  return waited == 0 ? connected(descriptor) : waited;
}

}  // namespace

TROOP_PRELOADED ssize_t recv(int descriptor, void* buffer, size_t bytes, int flags) {
  if (!inTask()) return TROOP_REAL(recv)(descriptor, buffer, bytes, flags);
  return resultOf(receive(descriptor, buffer, bytes, flags, nullptr, nullptr));
}

TROOP_PRELOADED ssize_t recvfrom(int descriptor, void* buffer, size_t bytes, int flags,
                                 sockaddr* from, socklen_t* length) {
  if (!inTask()) return TROOP_REAL(recvfrom)(descriptor, buffer, bytes, flags, from, length);
  return resultOf(receive(descriptor, buffer, bytes, flags, from, length));
}

TROOP_PRELOADED ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  if (!inTask()) return TROOP_REAL(recvmsg)(descriptor, message, flags);
  return resultOf(receiveMessage(descriptor, *message, flags));
}

TROOP_PRELOADED ssize_t send(int descriptor, const void* buffer, size_t bytes, int flags) {
  if (!inTask()) return TROOP_REAL(send)(descriptor, buffer, bytes, flags);
  return resultOf(sendBytes(descriptor, buffer, bytes, flags, nullptr, 0));
}

TROOP_PRELOADED ssize_t sendto(int descriptor, const void* buffer, size_t bytes, int flags,
                               const sockaddr* to, socklen_t length) {
  if (!inTask()) return TROOP_REAL(sendto)(descriptor, buffer, bytes, flags, to, length);
  return resultOf(sendBytes(descriptor, buffer, bytes, flags, to, length));
}

TROOP_PRELOADED ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
  if (!inTask()) return TROOP_REAL(sendmsg)(descriptor, message, flags);
  return resultOf(sendMessage(descriptor, *message, flags));
}

TROOP_PRELOADED int sendmmsg(int descriptor, mmsghdr* messages, unsigned count, int flags) {
  if (!inTask()) return TROOP_REAL(sendmmsg)(descriptor, messages, count, flags);
  return static_cast<int>(resultOf(each(lookedAt(messages, count), [&](const msghdr& message) {
    return sendMessage(descriptor, message, flags);
  })));
}

TROOP_PRELOADED int recvmmsg(int descriptor, mmsghdr* messages, unsigned count, int flags,
                             timespec* timeout) {
  if (!inTask()) return TROOP_REAL(recvmmsg)(descriptor, messages, count, flags, timeout);
  const Deadline deadline = timeout == nullptr ? Deadline() : Deadline::after(*timeout);
  const ssize_t received = receiveMessages(descriptor, lookedAt(messages, count), flags, deadline);
  if (timeout != nullptr && received > 0) {
    constexpr std::int64_t perSecond = 1'000'000'000;
    const std::int64_t left = std::max<std::int64_t>(deadline.nanosecondsLeft(), 0);
    *timeout = {left / perSecond, left % perSecond};
  }
  return static_cast<int>(resultOf(received));
}

TROOP_PRELOADED int accept4(int descriptor, sockaddr* from, socklen_t* length, int flags) {
  if (!inTask()) return TROOP_REAL(accept4)(descriptor, from, length, flags);
  return static_cast<int>(resultOf(untilDone(descriptor, POLLIN, SO_RCVTIMEO, [&] {
    return acceptNow(descriptor, from, length, flags);
  })));
}

TROOP_PRELOADED int accept(int descriptor, sockaddr* from, socklen_t* length) {
  if (!inTask()) return TROOP_REAL(accept)(descriptor, from, length);
  return accept4(descriptor, from, length, 0);
}

TROOP_PRELOADED int connect(int descriptor, const sockaddr* to, socklen_t length) {
  if (!inTask()) return TROOP_REAL(connect)(descriptor, to, length);
  return static_cast<int>(resultOf(connectAndWait(descriptor, to, length)));
}

// NOLINTBEGIN(readability-identifier-naming): names of the C library
// What the compiler makes of it that checks the size of buffers.
TROOP_PRELOADED ssize_t __recv_chk(int descriptor, void* buffer, size_t bytes, size_t room,
                                   int flags) {
  if (bytes > room) std::abort();
  return ::recv(descriptor, buffer, bytes, flags);
}

TROOP_PRELOADED ssize_t __recvfrom_chk(int descriptor, void* buffer, size_t bytes, size_t room,
                                       int flags, sockaddr* from, socklen_t* length) {
  if (bytes > room) std::abort();
  return ::recvfrom(descriptor, buffer, bytes, flags, from, length);
}
// NOLINTEND(readability-identifier-naming)

}  // namespace troop::preload
