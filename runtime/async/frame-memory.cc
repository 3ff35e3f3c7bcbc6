#include "runtime/async/frame-memory.h"

#include <cstring>

#include "runtime/error.h"
#include "runtime/troop.h"

namespace troop {

void* allocateFrame(std::size_t bytes) {
  Troop* troop = Troop::current();
  if (troop == nullptr) {
    throw Error(ErrorKind::failed,
                "coroutines are made by what runs in a troop: see Process::run()");
  }
  void* frame = troop->allocateCharged(bytes + sizeof(Troop*));
  troop->addRef();
  // Frames are multiples of what they are aligned to, which need not be that of a pointer.
  std::memcpy(static_cast<std::byte*>(frame) + bytes, static_cast<void*>(&troop), sizeof(Troop*));
  return frame;
}

void freeFrame(void* frame, std::size_t bytes) noexcept {
  Troop* troop;
  std::memcpy(static_cast<void*>(&troop), static_cast<std::byte*>(frame) + bytes, sizeof(Troop*));
  troop->freeCharged(frame, bytes + sizeof(Troop*));
  troop->dropRef();
}

}  // namespace troop
