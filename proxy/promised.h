// A promised capability stands for something that is not there yet: calls on it queue, and go on to
// what it is resolved to, in the order in which they came.
//
// Ownership: the capability is shared as every other; the Resolver is owned by whoever will resolve
// it, and dropping it fails the promise, so that no call waits for ever. Threads: any. Order: a
// call made while the queue is being handed over goes behind it, so no call overtakes another one.
// Limits: callsMax calls in the queue, then overloaded/quota. Errors: once failed, all its calls
// fail alike; a promise that would be resolved to itself, however far around, fails. Calls that are
// cancelled leave the queue.
//
//   auto [capability, resolver] = promiseCapability("main object of 'markdown'");
//   Renderer renderer{capability};                       // usable at once
//   resolver.resolve(object);                            // later, on any OS thread
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/routing/forwarder.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"

namespace troop::proxy {

class Promised : public Forwarder {
 public:
  static constexpr std::size_t callsMax = 1024;

  // Whoever makes one must resolve it, for queued calls hold it: promiseCapability() sees to that.
  explicit Promised(std::string description);
  ~Promised() override;

  // Hands the queue over to `target` (null: its calls fail with "null capability"). The first time
  // counts, later ones change nothing.
  void resolve(Capability target) noexcept;
  // Every call, queued or to come, fails with `error`.
  void fail(Error error) noexcept { resolve(Capability::broken(std::move(error))); }

  bool isResolved() const noexcept;
  std::size_t callsQueued() const noexcept;

  std::string describe() const final;
  Ref<Endpoint> forward(Call& call) noexcept final;
  Ref<Endpoint> next() const noexcept final;
  Ref<Endpoint> replacement() const noexcept final;
  void shorten(const Capability& end) noexcept final;

 protected:
  // resolve() at once, inside a Turn of the caller.
  void resolveNow(Capability target) noexcept;

  // The last queued call was cancelled. Called with no lock held.
  virtual void emptied() noexcept {}

 private:
  class Waiting;
  enum class State : unsigned char { waiting, handingOver, resolved };

  bool link(Capability& target) noexcept;
  void purge() noexcept;

  const std::string description_;

  mutable std::mutex mutex_;  // protects what follows
  State state_ = State::waiting;
  Capability target_;  // set once, under the lock of all links too; shortened later
  std::deque<Call> queue_;
  Ref<Waiting> waiting_;  // made with the first call that queues
};

// The duty to resolve a promised capability. Move-only; dropped unresolved, it fails the promise
// with disconnected, "'...' will never be there".
class Resolver {
 public:
  explicit Resolver(Ref<Promised> promised) noexcept : promised_(std::move(promised)) {}
  Resolver(Resolver&&) noexcept = default;
  Resolver& operator=(Resolver&& other) noexcept;
  ~Resolver();

  // The first time counts.
  void resolve(Capability target) noexcept;
  void fail(Error error) noexcept { resolve(Capability::broken(std::move(error))); }

 private:
  Ref<Promised> promised_;
};

struct PromisedCapability {
  Capability capability;
  Resolver resolver;
};

PromisedCapability promiseCapability(std::string description);

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::proxy::Resolver> : std::true_type {};
