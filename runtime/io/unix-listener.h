// A UnixListener is where connections arrive at a path.
//
// Ownership: the handle, which is moved and not copied; its end closes it, and leaves the path
// behind, which who listens there next removes before. Threads, limits: as
// runtime/io/tcp-listener.h says. Fails: listening at a path that exists fails with failed. Misuse:
// a path in a folder where others may put something else in its place.
//
//   UnixListener listener = UnixListener::open(Address::ofPath("/run/app/socket").value()).value();
#pragma once

#include <type_traits>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/unix-stream.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

class UnixListener {
 public:
  static Expected<UnixListener> open(const Address& at);
  static Expected<UnixListener> open(Process& process, const Address& at);

  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&& other) noexcept;
  ~UnixListener() { close(); }

  Expected<UnixStream> accept(Time deadline = never);

  void close() noexcept {
    if (source_) source_->close();
  }

  const Address& address() const noexcept { return address_; }

 private:
  friend struct IoAccess;
  UnixListener(Ref<Source> source, const Address& address) noexcept
      : source_(std::move(source)), address_(address) {}

  Ref<Source> source_;
  Address address_;
};

template <>
struct IsSendable<UnixListener> : std::true_type {};

}  // namespace troop
