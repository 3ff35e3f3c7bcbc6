#include "runtime/io/byte-stream.h"

#include <sys/socket.h>

#include "runtime/io/calls/transfer.h"
#include "runtime/io/system-error.h"

namespace troop {

Expected<std::size_t> ByteStream::read(std::span<std::byte> into, Time deadline) {
  return readSome(
      source(), into, deadline, [this] { return peer_.text(); },
      [](Reactor& reactor, int descriptor, std::span<std::byte> room) {
        return reactor.receive(descriptor, room);
      });
}

Expected<void> ByteStream::write(std::span<const std::byte> bytes, Time deadline) {
  return writeAll(
      source(), bytes, deadline, [this] { return peer_.text(); },
      [](Reactor& reactor, int descriptor, std::span<const std::byte> rest) {
        return reactor.send(descriptor, rest);
      });
}

Expected<void> ByteStream::finishWriting() {
  const long result = source().use(
      [](Reactor& reactor, int descriptor) { return reactor.shutdown(descriptor, SHUT_WR); });
  if (result < 0) return systemError(result, "finishing writing to", peer_.text());
  return {};
}

}  // namespace troop
