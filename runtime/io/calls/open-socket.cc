#include "runtime/io/calls/open-socket.h"

#include <netinet/tcp.h>

#include <cerrno>

#include "runtime/io/system-error.h"
#include "runtime/process.h"
#include "runtime/reactor/choice.h"

namespace troop {
namespace {

constexpr int backlogMax = 4'096;

// What had happened to the one that is taken off the queue: there may be others behind it
// (accept(2), "Error handling").
bool wasOfWhoConnected(int result) noexcept {
  switch (-result) {
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
      return true;
    default:
      return false;
  }
}

bool hasRunOut(long result) noexcept {
  return result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM;
}

}  // namespace

Reactor& reactorOfCaller() {
  Process* process = Process::current();
  if (process == nullptr) {
    throw Error(ErrorKind::failed, "outside of Tasks, say which Process it is for",
                ErrorDetail::none, Executed::no);
  }
  return reactorOfProcess(*process);
}

Reactor& reactorOfProcess(Process& process) {
  return reactorOf(process);
}

Expected<Ref<Source>> sourceOf(Reactor& reactor, int descriptor, int family) {
  Expected<Ref<Source>> source = Source::open(reactor, descriptor);
  // A read ends behind bytes with which a descriptor was sent.
  if (source.succeeded() && family == AF_UNIX) (*source)->expectMoreAfterShortReads();
  return source;
}

Expected<Ref<Source>> openSocket(Reactor& reactor, int type, const Address& address) {
  const int descriptor = reactor.socket(address.family(), type);
  if (descriptor < 0) return systemError(descriptor, "opening a socket for", address.text());
  return sourceOf(reactor, descriptor, address.family());
}

Expected<Ref<Source>> openListener(Reactor& reactor, const Address& address) {
  Expected<Ref<Source>> source = openSocket(reactor, SOCK_STREAM, address);
  if (source.failed()) return source;
  const long result = (*source)->use([&](Reactor& calls, int descriptor) -> long {
    // Or nobody could listen there again while old connections linger.
    if (!address.isPath()) calls.setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    const int bound = calls.bind(descriptor, address.raw(), address.length());
    return bound < 0 ? bound : calls.listen(descriptor, backlogMax);
  });
  if (result < 0) return systemError(result, "listening at", address.text());
  return source;
}

Address boundTo(Source& source) {
  Address address;
  source.use([&](Reactor& calls, int descriptor) {
    return calls.localName(descriptor, address.raw(), address.lengthToWrite());
  });
  return address;
}

Expected<Ref<Source>> openConnection(Reactor& reactor, const Address& to, Time deadline) {
  Expected<Ref<Source>> source = openSocket(reactor, SOCK_STREAM, to);
  if (source.failed()) return source;
  Opened opened(*std::move(source));
  Expected<long> result =
      opened->perform(Direction::writing, deadline, "a connection", 0, Connecting{to});
  if (result.failed()) return result.error();
  if (*result != 0) return connectingError(*result, to);
  return opened.take();
}

long Connecting::operator()(Reactor& reactor, int descriptor) noexcept {
  if (begun) return reactor.connectionError(descriptor);
  const int result = reactor.connect(descriptor, to.raw(), to.length());
  if (result == -EAGAIN) return tooMany;
  if (result != -EINPROGRESS) return result;
  begun = true;
  return -EAGAIN;
}

Error connectingError(long result, const Address& to) {
  return systemError(result == Connecting::tooMany ? -EAGAIN : result, "connecting to", to.text());
}

long Accepting::operator()(Reactor& reactor, int descriptor) const noexcept {
  for (;;) {
    const int result = reactor.accept(descriptor, peer.raw(), peer.lengthToWrite());
    if (!wasOfWhoConnected(result)) return result;
  }
}

Expected<Ref<Source>> accepted(Source& listener, long result, const Address& at) {
  if (result < 0) {
    if (hasRunOut(result)) listener.ranOut(Direction::reading);
    return systemError(result, "accepting at", at.text());
  }
  listener.recovered(Direction::reading);
  return sourceOf(listener.reactor(), static_cast<int>(result), at.family());
}

void sendAtOnce(Source& source) noexcept {
  source.use([](Reactor& calls, int descriptor) {
    return calls.setOption(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  });
}

}  // namespace troop
