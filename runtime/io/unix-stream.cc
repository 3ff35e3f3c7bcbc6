#include "runtime/io/unix-stream.h"

#include <array>
#include <string>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/io-access.h"
#include "runtime/io/system-error.h"

namespace troop {
namespace {

Expected<UnixStream> connectionIn(Reactor& reactor, const Address& to, Time deadline) {
  Expected<Ref<Source>> source = openConnection(reactor, to, deadline);
  if (source.failed()) return source.error();
  return IoAccess::make<UnixStream>(*std::move(source), to);
}

Expected<std::pair<UnixStream, UnixStream>> pairIn(Reactor& reactor) {
  std::array<int, 2> ends{};
  const int result = reactor.socketPair(ends);
  if (result < 0) return systemError(result, "opening", "a pair of sockets");
  // The second one is owned before anything may fail.
  OwnedDescriptor second(reactor, ends[1]);
  Expected<Ref<Source>> first = sourceOf(reactor, ends[0], AF_UNIX);
  if (first.failed()) return std::move(first).error();
  Expected<Ref<Source>> other = sourceOf(reactor, second.release(), AF_UNIX);
  if (other.failed()) return std::move(other).error();
  const Address nowhere;
  return std::pair(IoAccess::make<UnixStream>(*std::move(first), nowhere),
                   IoAccess::make<UnixStream>(*std::move(other), nowhere));
}

}  // namespace

Expected<UnixStream> UnixStream::connect(const Address& to, Time deadline) {
  return connectionIn(reactorOfCaller(), to, deadline);
}

Expected<UnixStream> UnixStream::connect(Process& process, const Address& to, Time deadline) {
  return connectionIn(reactorOfProcess(process), to, deadline);
}

Expected<std::pair<UnixStream, UnixStream>> UnixStream::pair() {
  return pairIn(reactorOfCaller());
}

Expected<std::pair<UnixStream, UnixStream>> UnixStream::pair(Process& process) {
  return pairIn(reactorOfProcess(process));
}

}  // namespace troop
