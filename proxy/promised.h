// A Promised is the capability of something that is not there yet: calls on it queue, and go on to
// what it is resolved to, in the order in which they came.
//
// Ownership: shared by its holders and by whoever resolves it; a Promised that is dropped drops its
// calls. Threads: any. Order: a call made while the queue is being handed over goes behind it, so
// no call overtakes another one. Limits: callsMax calls in the queue, then overloaded/quota.
// Errors: once failed, all its calls fail alike; a promise that would be resolved to itself,
// however far around, fails. Misuse: never resolving it.
//
//   Ref<Promised> main = makeRef<Promised>("main object of 'markdown'");
//   guest.starts([main](Capability object) { main->resolve(object); });
//   Renderer renderer{Capability(main)};                       // usable at once
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>

#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/routing/forwarder.h"
#include "runtime/error.h"
#include "runtime/ref.h"

namespace troop::proxy {

class Promised final : public Forwarder {
 public:
  static constexpr std::size_t callsMax = 1024;

  explicit Promised(std::string description);
  ~Promised() override;

  // Hands the queue over to `target` (null: calls fail with "null capability"). Only the first one
  // counts.
  void resolve(Capability target) noexcept;
  // Every call queued and to come fails with `error`.
  void fail(Error error) noexcept;

  bool isResolved() const noexcept;
  std::size_t callsQueued() const noexcept;

  std::string describe() const override;
  Ref<Endpoint> forward(Call& call) noexcept override;
  Ref<Endpoint> next() const noexcept override;
  Ref<Endpoint> replacement() const noexcept override;

 private:
  enum class State : unsigned char { waiting, handingOver, resolved };

  void handOver() noexcept;

  const std::string description_;
  mutable std::mutex mutex_;  // protects what follows
  State state_ = State::waiting;
  Capability target_;
  std::deque<Call> queue_;
};

}  // namespace troop::proxy
