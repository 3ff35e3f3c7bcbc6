#include "runtime/io/stream-listener.h"

#include "runtime/io/calls/open-socket.h"

namespace troop {

Expected<Ref<Source>> StreamListener::acceptNext(Address& peer, Time deadline) {
  Expected<long> result =
      source().perform(Direction::reading, deadline, "a connection", 0, Accepting{peer});
  if (result.failed()) return std::move(result).error();
  return accepted(source(), *result, address_);
}

}  // namespace troop
