#include "runtime/io/calls/transfer.h"

#include <array>

namespace troop {

Error noRoom() {
  return Error(ErrorKind::failed, "there is no room to read into", ErrorDetail::none, Executed::no);
}

bool isAtHand(Source& file, std::uint64_t offset, std::size_t bytes) noexcept {
  const auto readsAt = [&](std::uint64_t place) {
    std::array<std::byte, 1> byte;
    return file.use([&](Reactor& reactor, int descriptor) {
      return reactor.readAtHand(descriptor, byte, place);
    }) >= 0;
  };
  return readsAt(offset) && readsAt(offset + bytes - 1);
}

}  // namespace troop
