// A ByteStream is one end of a connection: what is written here is read there, in order.
//
// Ownership: the handle, which is moved and not copied; its end closes the connection. Threads: one
// that reads and one that writes at a time, in Tasks and OS threads; close() by any. Limits: how
// many its troop may have open, and memory for each. Fails: with disconnected where the other side
// is gone or this one was closed; with overloaded/deadline when `deadline` passes; with failed for
// a read into no room. Waits throw as in runtime/event.h; where nothing is thrown, a cancelled one
// fails with failed/cancelled. What was written before a failure may have arrived. Misuse:
// destroyed while others use it.
//
//   std::array<std::byte, 4096> buffer;
//   while (std::size_t got = stream.read(buffer).value()) {
//     stream.write(std::span(buffer).first(got)).value();
//   }
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/handle.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class ByteStream : public Handle {
 public:
  // What has arrived, one byte at least, as soon as there is any; 0: the other side sends no more.
  Expected<std::size_t> read(std::span<std::byte> into, Time deadline = never);

  // All of it, as soon as there is room.
  Expected<void> write(std::span<const std::byte> bytes, Time deadline = never);
  Expected<void> write(std::string_view text, Time deadline = never) {
    return write(std::as_bytes(std::span(text)), deadline);
  }

  // Tells the other side that no more comes; reading goes on.
  Expected<void> finishWriting();

  const Address& peer() const noexcept { return peer_; }

 protected:
  ByteStream(Ref<Source> source, const Address& peer) noexcept
      : Handle(std::move(source)), peer_(peer) {}

 private:
  Address peer_;
};

}  // namespace troop
