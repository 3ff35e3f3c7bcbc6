#include "runtime/io/tcp-listener.h"

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/io-access.h"

namespace troop {

Expected<TcpListener> TcpListener::open(const Address& at) {
  return IoAccess::listenAt<TcpListener>(reactorOfCaller(), at);
}

Expected<TcpListener> TcpListener::open(Process& process, const Address& at) {
  return IoAccess::listenAt<TcpListener>(reactorOfProcess(process), at);
}

Expected<TcpStream> TcpListener::accept(Time deadline) {
  Address peer;
  Expected<Ref<Source>> source = acceptNext(peer, deadline);
  if (source.failed()) return std::move(source).error();
  sendAtOnce(**source);
  return IoAccess::make<TcpStream>(*std::move(source), peer);
}

}  // namespace troop
