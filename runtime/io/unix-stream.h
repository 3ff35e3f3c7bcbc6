// A UnixStream is a connection within this machine, to a socket that has a path, or between two
// handles that were made together.
//
// Ownership: as runtime/io/byte-stream.h says, each end of a pair by itself. Threads: as that says.
// Limits: as that says; a pair is two handles of the troop. Fails: as that says; connecting fails
// with disconnected where nobody listens, with overloaded where too many wait to be accepted, and
// with failed where there is no such path or the caller may not. Misuse: as runtime/io/tcp-stream.h
// says.
//
//   UnixStream stream = UnixStream::connect(Address::ofPath("/run/app/socket").value()).value();
//   auto [here, there] = UnixStream::pair().value();
#pragma once

#include <type_traits>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/byte-stream.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class UnixStream final : public ByteStream {
 public:
  static Expected<UnixStream> connect(const Address& to, Time deadline = never);
  static Expected<UnixStream> connect(Process& process, const Address& to, Time deadline = never);

  // Two ends of one connection.
  static Expected<std::pair<UnixStream, UnixStream>> pair();
  static Expected<std::pair<UnixStream, UnixStream>> pair(Process& process);

 private:
  friend struct IoAccess;
  UnixStream(Ref<Source> source, const Address& peer) noexcept
      : ByteStream(std::move(source), peer) {}
};

template <>
struct IsSendable<UnixStream> : std::true_type {};

}  // namespace troop
