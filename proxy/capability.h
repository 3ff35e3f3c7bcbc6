// A Capability is a reference that carries authority: whoever holds one may call what it
// designates, and nobody can make one up. What it designates is an Endpoint: an object of the host,
// of a guest, a promise, a membrane, a remote peer; holders cannot tell which.
//
// Ownership: a Capability shares its Endpoint, which dies with the last one. Threads: all of it may
// be used from any OS thread and Task; nothing here waits. Order: calls that one sender makes on
// one Capability arrive in the order in which they were made. Limits: those of the Endpoint.
// Errors: every call is answered once, with a result or an Error. Misuse: an Endpoint that holds a
// Capability on itself is never freed.
//
//   Ref<Answer> answer = renderer.call({Renderer::interfaceId, 0}, std::move(params));
//   answer->wait();
//   StructReader results = answer->result().value().root();
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace troop::proxy {

class Answer;
class Call;
class Forwarder;
class Message;

// Which method of which interface: the ids of the schema.
struct MethodId {
  std::uint64_t interfaceId = 0;
  std::uint16_t method = 0;
  friend bool operator==(const MethodId&, const MethodId&) = default;
};

std::string describe(MethodId method);  // "@0xb1d3f1a2c4e59687.0"

// What a capability designates. Subclasses implement call(); the last holder destroys them, on
// whatever OS thread it is.
class Endpoint : public RefCounted {
 public:
  // Serves one call: answers through it exactly once, now or later. Called from any OS thread,
  // concurrently; must not wait. A Call that is dropped answers `disconnected` by itself.
  virtual void call(Call call) noexcept = 0;

  // What it is, for logs and errors: "markdown#0".
  virtual std::string describe() const;

  // Itself as one that only passes calls on, or null: see proxy/routing/forwarder.h.
  virtual Forwarder* forwarder() noexcept { return nullptr; }
};

class Capability {
 public:
  using IsCapability = Capability;

  Capability() = default;  // null
  explicit Capability(Ref<Endpoint> endpoint) noexcept : endpoint_(std::move(endpoint)) {}
  Capability(const Capability&) = default;
  Capability(Capability&&) noexcept = default;
  Capability& operator=(const Capability& other) noexcept { return *this = Capability(other); }
  Capability& operator=(Capability&& other) noexcept {
    Capability before = std::move(other);
    std::swap(endpoint_, before.endpoint_);
    return *this;
  }
  // Dropping the last reference inside another Endpoint's destructor is put off until that one has
  // ended, so that a chain of any length is freed in constant stack.
  ~Capability() {
    if (endpoint_) drop();
  }

  // Every call on it fails with `error`.
  // `charge` is kept as long as it exists.
  static Capability broken(Error error, Charge charge = {});

  explicit operator bool() const noexcept { return static_cast<bool>(endpoint_); }
  Endpoint& endpoint() const noexcept { return *endpoint_; }
  const Ref<Endpoint>& ref() const noexcept { return endpoint_; }

  // Makes a call. Whoever serves it may give up after `deadline`; the caller gives up by
  // Answer::cancel(). A null capability answers failed, "null capability".
  Ref<Answer> call(MethodId method, Message params, Time deadline = never) const;

  // Passes on a call that somebody else made.
  void deliver(Call call) const noexcept;

  // What it stands for by now: a promise that is resolved gives what it was resolved to.
  Capability resolved() const;

  std::string describe() const;  // "null" for null

  // Whether both designate the same Endpoint (a promise differs from what it will be resolved to).
  friend bool operator==(const Capability& a, const Capability& b) noexcept = default;

 private:
  void drop() noexcept;

  Ref<Endpoint> endpoint_;
};

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::proxy::Capability> : std::true_type {};
