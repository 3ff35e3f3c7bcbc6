#include "runtime/io/udp-socket.h"

#include <algorithm>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/io-access.h"
#include "runtime/io/system-error.h"

namespace troop {
namespace {

Expected<UdpSocket> socketIn(Reactor& reactor, const Address& at) {
  Expected<Ref<Source>> source = openSocket(reactor, SOCK_DGRAM, at);
  if (source.failed()) return source.error();
  const long result = (*source)->use([&](Reactor& calls, int descriptor) {
    return calls.bind(descriptor, at.raw(), at.length());
  });
  if (result < 0) return systemError(result, "opening", at.text());
  const Address bound = boundTo(**source);
  return IoAccess::make<UdpSocket>(*std::move(source), bound);
}

}  // namespace

Expected<UdpSocket> UdpSocket::open(const Address& at) {
  return socketIn(reactorOfCaller(), at);
}

Expected<UdpSocket> UdpSocket::open(Process& process, const Address& at) {
  return socketIn(reactorOfProcess(process), at);
}

Expected<Datagram> UdpSocket::receive(std::span<std::byte> into, Time deadline) {
  Datagram datagram;
  Expected<long> length = source().perform(
      Direction::reading, deadline, "a datagram", 0, [&](Reactor& reactor, int descriptor) {
        return reactor.receiveFrom(descriptor, into, datagram.from.raw(),
                                   datagram.from.lengthToWrite());
      });
  if (length.failed()) return length.error();
  if (*length < 0) return systemError(*length, "receiving at", address_.text());
  const auto whole = static_cast<std::size_t>(*length);
  datagram.bytes = std::min(whole, into.size());
  datagram.dropped = whole - datagram.bytes;
  return datagram;
}

Expected<void> UdpSocket::send(std::span<const std::byte> bytes, const Address& to, Time deadline) {
  Expected<long> sent = source().perform(
      Direction::writing, deadline, "room to send", 0, [&](Reactor& reactor, int descriptor) {
        return reactor.sendTo(descriptor, bytes, to.raw(), to.length());
      });
  if (sent.failed()) return sent.error();
  if (*sent < 0) return systemError(*sent, "sending to", to.text());
  return {};
}

}  // namespace troop
