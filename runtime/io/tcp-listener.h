// A TcpListener is where TCP connections arrive.
//
// Ownership: the handle, which is moved and not copied; its end frees the port, and connections
// that were accepted go on. Threads: any number may accept at a time, in Tasks and OS threads;
// close() by any. Limits: as runtime/io/stream-listener.h says. Fails: listening with failed where
// the port is taken, the address is none of this machine or the caller may not, and with overloaded
// where its troop may have no more; accepting as runtime/io/stream-listener.h says. Misuse: as that
// says; outside of Tasks the Process is to be named, as in runtime/io/tcp-stream.h.
//
//   TcpListener listener = TcpListener::open(Address::loopback(8080)).value();
//   for (;;) scope.thread(serve, listener.accept().value());
#pragma once

#include <type_traits>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/stream-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class TcpListener final : public StreamListener {
 public:
  // Port 0: the system chooses one.
  static Expected<TcpListener> open(const Address& at);
  static Expected<TcpListener> open(Process& process, const Address& at);

  Expected<TcpStream> accept(Time deadline = never);

 private:
  friend struct IoAccess;
  using StreamListener::StreamListener;
};

template <>
struct IsSendable<TcpListener> : std::true_type {};

}  // namespace troop
