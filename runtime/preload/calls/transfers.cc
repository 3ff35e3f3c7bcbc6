// Reading and writing: pipes, sockets, terminals and what else a descriptor may be of. Files on
// disks are read and written as ever: who waits for a disk blocks its carrier.

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <span>

#include "runtime/preload/attempts.h"
#include "runtime/preload/identity.h"
#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// The kernel's, which writes and reads from where the descriptor stands.
ssize_t moveNow(long call, int descriptor, const iovec* parts, int count) noexcept {
  constexpr long current = -1;
  return kernelCall(call, descriptor, parts, count, current, current, RWF_NOWAIT);
}

bool isOnDisk(int descriptor) noexcept {
  struct stat status;
  return fstat(descriptor, &status) == 0 &&
         (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) || S_ISDIR(status.st_mode));
}

bool readyNow(int descriptor, short events) noexcept {
  pollfd wanted{descriptor, events, 0};
  return kernelCall(SYS_poll, &wanted, 1, 0) != 0;
}

struct Direction {
  long nowCall;   // that may be told not to wait
  long waitCall;  // that may not
  short events;
  int timeoutOption;
};
constexpr Direction reading{SYS_preadv2, SYS_readv, POLLIN, SO_RCVTIMEO};
constexpr Direction writing{SYS_pwritev2, SYS_writev, POLLOUT, SO_SNDTIMEO};

ssize_t attempt(const Direction& direction, int descriptor, const iovec* parts, int count) {
  const ssize_t result = moveNow(direction.nowCall, descriptor, parts, count);
  const bool cannotTell = result == -EOPNOTSUPP || (result == -EAGAIN && isOnDisk(descriptor));
  if (!cannotTell) return result;
  // It may wait after all where another one comes in between.
  if (!readyNow(descriptor, direction.events)) return -EAGAIN;
  return kernelCall(direction.waitCall, descriptor, parts, count);
}

ssize_t readParts(int descriptor, const iovec* parts, int count) {
  return resultOf(untilDone(descriptor, reading.events, reading.timeoutOption,
                            [&] { return attempt(reading, descriptor, parts, count); }));
}

ssize_t writeParts(int descriptor, const iovec* parts, int count) {
  const std::span all(parts, static_cast<std::size_t>(count));
  const ssize_t result = untilAllDone(
      descriptor, writing.events, writing.timeoutOption, bytesOf(all), [&](std::size_t done) {
        if (done == 0) return attempt(writing, descriptor, parts, count);
        const Rest rest(all, done);
        return attempt(writing, descriptor, rest.parts(), rest.count());
      });
  if (result == -EPIPE) signalBrokenPipe();
  return resultOf(result);
}

}  // namespace

TROOP_PRELOADED ssize_t read(int descriptor, void* buffer, size_t bytes) {
  if (!inTask()) return TROOP_REAL(read)(descriptor, buffer, bytes);
  const iovec part{buffer, bytes};
  return readParts(descriptor, &part, 1);
}

TROOP_PRELOADED ssize_t readv(int descriptor, const iovec* parts, int count) {
  if (!inTask()) return TROOP_REAL(readv)(descriptor, parts, count);
  return readParts(descriptor, parts, count);
}

TROOP_PRELOADED ssize_t write(int descriptor, const void* buffer, size_t bytes) {
  if (!inTask()) return TROOP_REAL(write)(descriptor, buffer, bytes);
  const iovec part{const_cast<void*>(buffer), bytes};
  return writeParts(descriptor, &part, 1);
}

TROOP_PRELOADED ssize_t writev(int descriptor, const iovec* parts, int count) {
  if (!inTask()) return TROOP_REAL(writev)(descriptor, parts, count);
  return writeParts(descriptor, parts, count);
}

// What the compiler makes of it that checks the size of buffers.
// NOLINTNEXTLINE(readability-identifier-naming): a name of the C library
TROOP_PRELOADED ssize_t __read_chk(int descriptor, void* buffer, size_t bytes, size_t room) {
  if (bytes > room) std::abort();
  return ::read(descriptor, buffer, bytes);
}

}  // namespace troop::preload
