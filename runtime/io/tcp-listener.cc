#include "runtime/io/tcp-listener.h"

#include "runtime/io/io-access.h"
#include "runtime/io/open-socket.h"

namespace troop {
namespace {

Expected<TcpListener> listenerIn(Reactor& reactor, const Address& at) {
  Expected<Ref<Source>> source = openListener(reactor, at);
  if (source.failed()) return source.error();
  const Address bound = boundTo(**source);
  return IoAccess::make<TcpListener>(*std::move(source), bound);
}

}  // namespace

Expected<TcpListener> TcpListener::open(const Address& at) {
  return listenerIn(reactorOfCaller(), at);
}

Expected<TcpListener> TcpListener::open(Process& process, const Address& at) {
  return listenerIn(reactorOfProcess(process), at);
}

TcpListener& TcpListener::operator=(TcpListener&& other) noexcept {
  if (this != &other) {
    close();
    source_ = std::move(other.source_);
    address_ = other.address_;
  }
  return *this;
}

Expected<TcpStream> TcpListener::accept(Time deadline) {
  Address peer;
  Expected<long> result =
      source_->perform(Direction::reading, deadline, "a connection", 0, Accepting{peer});
  if (result.failed()) return result.error();
  Expected<Ref<Source>> source = accepted(*source_, *result, address_);
  if (source.failed()) return source.error();
  sendAtOnce(**source);
  return IoAccess::make<TcpStream>(*std::move(source), peer);
}

}  // namespace troop
