// A TcpListener is where TCP connections arrive.
//
// Ownership: the handle, which is moved and not copied; its end closes it. Threads: any number may
// accept at a time, in Tasks and OS threads; close() by any. Limits: memory for each, charged to
// the troop that opened it; as many wait to be accepted as the system allows (4,096 in Linux).
// Fails: with disconnected once it was closed, with overloaded where descriptors have run out, and
// then may go on; waits as in runtime/io/byte-stream.h. Misuse: one that is not accepted from keeps
// those waiting who connect.
//
//   TcpListener listener = TcpListener::open(Address::loopback(8080)).value();
//   for (;;) scope.thread(serve, listener.accept().value());
#pragma once

#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class TcpListener {
 public:
  // Port 0: the system chooses one.
  static Expected<TcpListener> open(const Address& at);
  static Expected<TcpListener> open(Process& process, const Address& at);

  TcpListener(TcpListener&&) noexcept = default;
  TcpListener& operator=(TcpListener&& other) noexcept;
  ~TcpListener() { close(); }

  Expected<TcpStream> accept(Time deadline = never);

  void close() noexcept {
    if (source_) source_->close();
  }

  const Address& address() const noexcept { return address_; }

 private:
  friend struct IoAccess;
  TcpListener(Ref<Source> source, const Address& address) noexcept
      : source_(std::move(source)), address_(address) {}

  Ref<Source> source_;
  Address address_;
};

template <>
struct IsSendable<TcpListener> : std::true_type {};

}  // namespace troop
