// How sockets of every kind are opened, named, and accepted.
//
// Threads: any. Fails: as the public classes say, whose errors these are.
//
//   const Expected<Ref<Source>> source = openSocket(reactor, SOCK_STREAM, at);
#pragma once

#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/reactor/reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

// Of the calling Task; throws Error (failed) where there is none.
Reactor& reactorOfCaller();
Reactor& reactorOfProcess(Process& process);

// What is open and nobody's handle so far: closed with this, unless somebody takes it. A Ref alone
// closes nothing that its Reactor watches.
class Opened {
 public:
  explicit Opened(Ref<Source> source) noexcept : source_(std::move(source)) {}
  Opened(Opened&&) noexcept = default;
  Opened& operator=(Opened&&) = delete;
  ~Opened() {
    if (source_) source_->close();
  }

  Source& operator*() const noexcept { return *source_; }
  Source* operator->() const noexcept { return source_.get(); }
  Ref<Source> take() noexcept { return std::move(source_); }

 private:
  Ref<Source> source_;
};

// A socket of the family of `address`; nothing has been done to it.
Expected<Ref<Source>> openSocket(Reactor& reactor, int type, const Address& address);
// Of a socket that is open already; takes it over.
Expected<Ref<Source>> sourceOf(Reactor& reactor, int descriptor, int family);
// Listening at `address`.
Expected<Ref<Source>> openListener(Reactor& reactor, const Address& address);
// What it is bound to.
Address boundTo(Source& source);
// A stream that is connected to `to`, when it is.
Expected<Ref<Source>> openConnection(Reactor& reactor, const Address& to, Time deadline);

// One try to connect: as Source::attempt() has it; the first one begins, the others ask.
struct Connecting {
  // Of a Unix socket where so many wait to be accepted that nobody else may; no edge tells when.
  static constexpr long tooMany = 1;

  const Address& to;
  bool begun = false;
  long operator()(Reactor& reactor, int descriptor) noexcept;
};

// Of what Connecting returned, but 0.
Error connectingError(long result, const Address& to);

// One try to accept: as Source::attempt() has it. One that was there and is gone again is none.
struct Accepting {
  Address& peer;
  long operator()(Reactor& reactor, int descriptor) const noexcept;
};
// Of what Accepting returned; where something has run out, the next one rests first.
Expected<Ref<Source>> accepted(Source& listener, long result, const Address& at);

// Small writes are sent at once.
void sendAtOnce(Source& source) noexcept;

}  // namespace troop
