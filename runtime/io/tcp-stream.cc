#include "runtime/io/tcp-stream.h"

#include "runtime/io/calls/open-socket.h"

namespace troop {
namespace {

Expected<Ref<Source>> connection(Reactor& reactor, const Address& to, Time deadline) {
  Expected<Ref<Source>> source = openConnection(reactor, to, deadline);
  if (source.succeeded()) sendAtOnce(**source);
  return source;
}

}  // namespace

Expected<TcpStream> TcpStream::connect(const Address& to, Time deadline) {
  Expected<Ref<Source>> source = connection(reactorOfCaller(), to, deadline);
  if (source.failed()) return source.error();
  return TcpStream(*std::move(source), to);
}

Expected<TcpStream> TcpStream::connect(Process& process, const Address& to, Time deadline) {
  Expected<Ref<Source>> source = connection(reactorOfProcess(process), to, deadline);
  if (source.failed()) return source.error();
  return TcpStream(*std::move(source), to);
}

}  // namespace troop
