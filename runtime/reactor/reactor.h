// The one thing between the public classes of runtime/io and the operating system: calls that never
// wait, and news of when the next one may do more. Whoever gives another Reactor gives another
// network.
//
// Ownership: the scheduler of its Process from the first use of anything outside, and the Sources
// of what is open. Threads: any. Fails: each call returns what the system call does, or -errno; a
// Reactor that has ended tells everybody who waits, and those who begin to. Limits: descriptors of
// the OS process.
//
//   Reactor& reactor = reactorOf(scheduler);               // runtime/reactor/choice.h
//   const int descriptor = reactor.socket(AF_INET, SOCK_STREAM);
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/base/outside.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class FileRequest;
class Source;

class Reactor : public Outside {
 public:
  using Bytes = std::span<std::byte>;
  using ConstBytes = std::span<const std::byte>;

  // What they open is not inherited by programs that are started, and never makes a call wait.
  virtual int socket(int family, int type) noexcept = 0;
  virtual int socketPair(std::span<int, 2> ends) noexcept = 0;
  virtual int pipe(std::span<int, 2> ends) noexcept = 0;  // where is read, where is written
  virtual int bind(int descriptor, const sockaddr* at, socklen_t length) noexcept = 0;
  virtual int listen(int descriptor, int backlog) noexcept = 0;
  virtual int accept(int descriptor, sockaddr* from, socklen_t* length) noexcept = 0;
  // -EINPROGRESS: it is connected, or connectionError() says why not, once it may be written to.
  virtual int connect(int descriptor, const sockaddr* to, socklen_t length) noexcept = 0;
  virtual int connectionError(int descriptor) noexcept = 0;
  virtual int setOption(int descriptor, int level, int option, int value) noexcept = 0;
  virtual int localName(int descriptor, sockaddr* name, socklen_t* length) noexcept = 0;
  virtual int shutdown(int descriptor, int how) noexcept = 0;
  // How many bytes the system may keep for it in its buffers, as these are now.
  virtual std::size_t bufferBytes(int) noexcept { return 0; }

  // Of pipes, and of sockets.
  virtual long read(int descriptor, Bytes into) noexcept = 0;
  virtual long write(int descriptor, ConstBytes bytes) noexcept = 0;
  virtual long receive(int descriptor, Bytes into) noexcept = 0;
  virtual long send(int descriptor, ConstBytes bytes) noexcept = 0;
  // The length of the datagram, also where that is more than there is room for.
  virtual long receiveFrom(int descriptor, Bytes into, sockaddr* from,
                           socklen_t* length) noexcept = 0;
  virtual long sendTo(int descriptor, ConstBytes bytes, const sockaddr* to,
                      socklen_t length) noexcept = 0;

  // Of files: what is at hand already, by a call that never waits; -EAGAIN: a disk would have to be
  // waited for, or nobody knows. How many bytes a file has.
  virtual long readAtHand(int, Bytes, std::uint64_t) noexcept { return -EAGAIN; }
  virtual long fileBytes(int) noexcept { return -ENOSYS; }
  // Sends so many bytes of a file, from `offset` on, to a socket, or as many as that has room for,
  // and copies none of them; what is not at hand is waited for. -ENOSYS, -EINVAL: not these two.
  virtual long sendFile(int, Source&, std::uint64_t, std::size_t) noexcept { return -ENOSYS; }
  // Has somebody do it who may wait for a disk, and finish() it.
  virtual void begin(Ref<FileRequest> request) noexcept;

  // Whether the system's own descriptors do here, as of programs and signals: where that is
  // simulated there are none.
  virtual bool isOfThisSystem() const noexcept { return false; }

  // For what others must not forge, such as the number of a question to a name server. Where that
  // is simulated they are counted, so that the run repeats: drawn from the run's choices, the
  // strategies would try what makes no difference.
  virtual std::uint16_t numberNobodyGuesses() noexcept = 0;

  // What it is made of.
  virtual std::string_view mechanism() const noexcept { return "none"; }

  // From now on `source` is told what happens, what has happened already first; keeps it until
  // close(). Once for each Source.
  virtual int watch(Source& source) noexcept = 0;

  // Closes its descriptor. `watched`: it is told nothing any more, soon.
  virtual void close(Source& source, bool watched) noexcept = 0;
  // What never had a Source.
  virtual void closeUnused(int descriptor) noexcept = 0;
};

// A descriptor that nothing else owns yet.
class OwnedDescriptor {
 public:
  OwnedDescriptor(Reactor& reactor, int descriptor) noexcept
      : reactor_(reactor), descriptor_(descriptor) {}
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor() {
    if (descriptor_ >= 0) reactor_.closeUnused(descriptor_);
  }
  int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
  Reactor& reactor_;
  int descriptor_;
};

}  // namespace troop
