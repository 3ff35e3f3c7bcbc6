#include "runtime/io/calls/transfer.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace troop {

Error noRoom() {
  return Error(ErrorKind::failed, "there is no room to read into", ErrorDetail::none, Executed::no);
}

long bytesAtHand(Source& file, std::uint64_t offset, std::size_t bytes) noexcept {
  const auto readsAt = [&](std::uint64_t place) {
    std::array<std::byte, 1> byte;
    return file.use([&](Reactor& reactor, int descriptor) {
      return reactor.readAtHand(descriptor, byte, place);
    });
  };
  const long first = readsAt(offset);
  if (first <= 0) return first == 0 ? 0 : -EAGAIN;
  const long end =
      file.use([](Reactor& reactor, int descriptor) { return reactor.fileBytes(descriptor); });
  const std::uint64_t after = std::min<std::uint64_t>(offset + bytes, end < 0 ? 0 : end);
  if (after <= offset || readsAt(after - 1) <= 0) return -EAGAIN;
  return static_cast<long>(after - offset);
}

}  // namespace troop
