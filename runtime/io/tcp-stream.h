// A TcpStream is a TCP connection.
//
// Ownership: the handle, as runtime/io/byte-stream.h says. Threads: one that reads and one that
// writes at a time; close() by any. Limits: as that says; without a deadline connecting lasts as
// long as the system tries. Small writes are sent at once. Fails: connecting fails with
// disconnected where nobody listens or can be reached. Misuse: outside of Tasks, the Process whose
// carriers wait for it must be named, and outlive it.
//
//   TcpStream stream = TcpStream::connect(Address::loopback(8080), after(1s)).value();
//   stream.write("hello").value();
#pragma once

#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/byte-stream.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class TcpStream final : public ByteStream {
 public:
  static Expected<TcpStream> connect(const Address& to, Time deadline = never);
  static Expected<TcpStream> connect(Process& process, const Address& to, Time deadline = never);

 private:
  friend struct IoAccess;
  TcpStream(Ref<Source> source, const Address& peer) noexcept
      : ByteStream(std::move(source), peer) {}
};

template <>
struct IsSendable<TcpStream> : std::true_type {};

}  // namespace troop
