#include "runtime/io/unix-listener.h"

#include "runtime/io/io-access.h"
#include "runtime/io/open-socket.h"

namespace troop {
namespace {

Expected<UnixListener> listenerIn(Reactor& reactor, const Address& at) {
  Expected<Ref<Source>> source = openListener(reactor, at);
  if (source.failed()) return source.error();
  return IoAccess::make<UnixListener>(*std::move(source), at);
}

}  // namespace

Expected<UnixListener> UnixListener::open(const Address& at) {
  return listenerIn(reactorOfCaller(), at);
}

Expected<UnixListener> UnixListener::open(Process& process, const Address& at) {
  return listenerIn(reactorOfProcess(process), at);
}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  if (this != &other) {
    close();
    source_ = std::move(other.source_);
    address_ = other.address_;
  }
  return *this;
}

Expected<UnixStream> UnixListener::accept(Time deadline) {
  Address peer;
  Expected<long> result =
      source_->perform(Direction::reading, deadline, "a connection", 0, Accepting{peer});
  if (result.failed()) return result.error();
  Expected<Ref<Source>> source = accepted(*source_, *result, address_);
  if (source.failed()) return source.error();
  return IoAccess::make<UnixStream>(*std::move(source), peer);
}

}  // namespace troop
