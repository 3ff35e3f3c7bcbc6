// A UnixListener is where connections arrive at a path.
//
// Ownership: as runtime/io/stream-listener.h says; its end leaves the path behind, which who
// listens there next removes before. Threads: as that says. Limits: as that says, and those of a
// path (runtime/io/address.h). Fails: as that says; listening at a path that exists fails with
// failed. Misuse: a path in a folder where others may put something else in its place.
//
//   UnixListener listener = UnixListener::open(Address::ofPath("/run/app/socket").value()).value();
#pragma once

#include <type_traits>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/stream-listener.h"
#include "runtime/io/unix-stream.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class UnixListener final : public StreamListener {
 public:
  static Expected<UnixListener> open(const Address& at);
  static Expected<UnixListener> open(Process& process, const Address& at);

  Expected<UnixStream> accept(Time deadline = never);

 private:
  friend struct IoAccess;
  using StreamListener::StreamListener;
};

template <>
struct IsSendable<UnixListener> : std::true_type {};

}  // namespace troop
