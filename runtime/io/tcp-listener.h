// A TcpListener is where TCP connections arrive.
//
// Ownership, threads, limits, failures, misuse: as runtime/io/stream-listener.h says.
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
