// How bytes are read and written, by whatever calls and from and to whatever it is.
//
// Threads: any. Fails: as runtime/io/byte-stream.h says; `where` says where, for an Error.
//
//   return readSome(source(), into, deadline, [&] { return peer.text(); }, receive);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/error.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/source.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// What there is no room for is not read: 0 bytes would say that no more comes.
Error noRoom();

// How many bytes a file has from `offset` on, up to `bytes`, where they seem to be in memory: the
// first and the last are, and what is between most likely. -EAGAIN: they are not, or nobody knows.
long bytesAtHand(Source& file, std::uint64_t offset, std::size_t bytes) noexcept;

template <typename Where, typename Call>
Expected<std::size_t> readSome(Source& source, std::span<std::byte> into, Time deadline,
                               Where where, Call call) {
  if (into.empty()) return noRoom();
  Expected<long> got = source.perform(
      Direction::reading, deadline, "something to read", into.size(),
      [&](Reactor& reactor, int descriptor) { return call(reactor, descriptor, into); });
  if (got.failed()) return std::move(got).error();
  if (*got < 0) return systemError(*got, "reading from", where());
  return static_cast<std::size_t>(*got);
}

template <typename Where, typename Call>
Expected<void> writeAll(Source& source, std::span<const std::byte> bytes, Time deadline,
                        Where where, Call call) {
  while (!bytes.empty()) {
    Expected<long> sent = source.perform(
        Direction::writing, deadline, "room to write", 0,
        [&](Reactor& reactor, int descriptor) { return call(reactor, descriptor, bytes); });
    if (sent.failed()) return std::move(sent).error();
    if (*sent < 0) return systemError(*sent, "writing to", where());
    bytes = bytes.subspan(static_cast<std::size_t>(*sent));
  }
  return {};
}

}  // namespace troop
