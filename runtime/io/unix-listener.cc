#include "runtime/io/unix-listener.h"

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/io-access.h"

namespace troop {

Expected<UnixListener> UnixListener::open(const Address& at) {
  return IoAccess::listenAt<UnixListener>(reactorOfCaller(), at);
}

Expected<UnixListener> UnixListener::open(Process& process, const Address& at) {
  return IoAccess::listenAt<UnixListener>(reactorOfProcess(process), at);
}

Expected<UnixStream> UnixListener::accept(Time deadline) {
  Address peer;
  Expected<Ref<Source>> source = acceptNext(peer, deadline);
  if (source.failed()) return std::move(source).error();
  return IoAccess::make<UnixStream>(*std::move(source), peer);
}

}  // namespace troop
