#include "runtime/io/async.h"

#include "runtime/io/io-access.h"
#include "runtime/io/open-socket.h"
#include "runtime/io/system-error.h"
#include "runtime/io/transfer.h"
#include "runtime/reactor/source-wait.h"

namespace troop::async {

Async<Expected<std::size_t>> read(ByteStream& stream, std::span<std::byte> into, Time deadline) {
  if (into.empty()) co_return noRoom();
  Expected<long> got = co_await perform(
      IoAccess::of(stream), Direction::reading, deadline, "something to read", into.size(),
      [into](Reactor& reactor, int descriptor) { return reactor.receive(descriptor, into); });
  if (got.failed()) co_return got.error();
  if (*got < 0) co_return systemError(*got, "reading from", stream.peer().text());
  co_return static_cast<std::size_t>(*got);
}

Async<Expected<void>> write(ByteStream& stream, std::span<const std::byte> bytes, Time deadline) {
  while (!bytes.empty()) {
    Expected<long> sent = co_await perform(
        IoAccess::of(stream), Direction::writing, deadline, "room to write", 0,
        [bytes](Reactor& reactor, int descriptor) { return reactor.send(descriptor, bytes); });
    if (sent.failed()) co_return sent.error();
    if (*sent < 0) co_return systemError(*sent, "writing to", stream.peer().text());
    bytes = bytes.subspan(static_cast<std::size_t>(*sent));
  }
  co_return Expected<void>();
}

Async<Expected<TcpStream>> accept(TcpListener& listener, Time deadline) {
  Address peer;
  Source& source = IoAccess::of(listener);
  Expected<long> result =
      co_await perform(source, Direction::reading, deadline, "a connection", 0, Accepting{peer});
  if (result.failed()) co_return result.error();
  Expected<Ref<Source>> made = accepted(source, *result, listener.address());
  if (made.failed()) co_return made.error();
  sendAtOnce(**made);
  co_return IoAccess::make<TcpStream>(*std::move(made), peer);
}

Async<Expected<TcpStream>> connect(const Address& to, Time deadline) {
  const Address peer = to;
  Expected<Ref<Source>> source = openSocket(reactorOfCaller(), SOCK_STREAM, peer);
  if (source.failed()) co_return source.error();
  Expected<long> result =
      co_await perform(**source, Direction::writing, deadline, "a connection", 0, Connecting{peer});
  if (result.failed()) co_return result.error();
  if (*result != 0) co_return connectingError(*result, peer);
  sendAtOnce(**source);
  co_return IoAccess::make<TcpStream>(*std::move(source), peer);
}

}  // namespace troop::async
