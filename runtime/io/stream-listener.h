// A StreamListener is where connections arrive, over a network or at a path.
//
// Ownership: the handle, which is moved and not copied; its end closes it. Threads: any number may
// accept at a time, in Tasks and OS threads; close() by any. Limits: as runtime/io/handle.h says,
// for it and for each connection that is accepted; as many wait to be accepted as the system allows
// (4,096 in Linux). Fails: with disconnected once it was closed; with overloaded where descriptors
// or the system's memory have run out, and then the next calls wait first, 5 ms and up to 1 s, so
// that who accepts in a loop does not keep a carrier busy; with overloaded/quota or memory where
// its troop may have no more, and then who had connected is told that nobody is there. Waits as in
// runtime/io/byte-stream.h. Misuse: one that is not accepted from keeps those waiting who connect.
//
//   TcpListener listener = TcpListener::open(Address::loopback(8080)).value();
#pragma once

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/handle.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class StreamListener : public Handle {
 public:
  const Address& address() const noexcept { return address_; }

 protected:
  StreamListener(Ref<Source> source, const Address& address) noexcept
      : Handle(std::move(source)), address_(address) {}

  // The next connection, and who it is from.
  Expected<Ref<Source>> acceptNext(Address& peer, Time deadline);

 private:
  Address address_;
};

}  // namespace troop
