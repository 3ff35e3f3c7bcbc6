#include "runtime/io/byte-stream.h"

#include <sys/socket.h>

#include <utility>

#include "runtime/io/system-error.h"

namespace troop {

ByteStream& ByteStream::operator=(ByteStream&& other) noexcept {
  if (this != &other) {
    close();
    source_ = std::move(other.source_);
    peer_ = other.peer_;
  }
  return *this;
}

Expected<std::size_t> ByteStream::read(std::span<std::byte> into, Time deadline) {
  Expected<long> got = source_->perform(
      Direction::reading, deadline, "something to read", into.size(),
      [&](Reactor& reactor, int descriptor) { return reactor.receive(descriptor, into); });
  if (got.failed()) return got.error();
  if (*got < 0) return systemError(*got, "reading from", peer_.text());
  return static_cast<std::size_t>(*got);
}

Expected<void> ByteStream::write(std::span<const std::byte> bytes, Time deadline) {
  while (!bytes.empty()) {
    Expected<long> sent = source_->perform(
        Direction::writing, deadline, "room to write", 0,
        [&](Reactor& reactor, int descriptor) { return reactor.send(descriptor, bytes); });
    if (sent.failed()) return sent.error();
    if (*sent < 0) return systemError(*sent, "writing to", peer_.text());
    bytes = bytes.subspan(static_cast<std::size_t>(*sent));
  }
  return {};
}

Expected<void> ByteStream::finishWriting() {
  const long result = source_->use(
      [](Reactor& reactor, int descriptor) { return reactor.shutdown(descriptor, SHUT_WR); });
  if (result < 0) return systemError(result, "finishing writing to", peer_.text());
  return {};
}

}  // namespace troop
