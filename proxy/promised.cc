#include "proxy/promised.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "proxy/routing/turn.h"

namespace troop::proxy {
namespace {

// Held while any promise is linked to its target. Two promises that are being resolved to each
// other would otherwise not see it; links are rare and short, so one lock for all of them is
// enough.
std::mutex& links() {
  static std::mutex mutex;
  return mutex;
}

// Why `promised` must not be resolved to `target`, if so: calls would go around for ever.
std::optional<Error> faultOfLink(const Promised& promised, const Capability& target) {
  Capability current = target;
  for (std::size_t hops = 0; hops < Forwarder::hopsMax; ++hops) {
    if (!current) return std::nullopt;
    if (&current.endpoint() == &promised) {
      return Error(ErrorKind::failed, "the promise was resolved to itself");
    }
    Forwarder* forwarder = current.endpoint().forwarder();
    if (forwarder == nullptr) return std::nullopt;
    current = Capability(forwarder->next());
  }
  return Error(ErrorKind::failed,
               fmt::format("the promise was resolved to a chain of more than {} capabilities",
                           Forwarder::hopsMax),
               ErrorDetail::quota);
}

}  // namespace

// How a queued call that is cancelled finds the promise where it queues. Once the queue has been
// handed over it leads nowhere: a call must not keep alive what serves it, through the capability
// that it came by.
class Promised::Waiting final : public RefCounted {
 public:
  explicit Waiting(Ref<Promised> promised) : promised_(std::move(promised)) {}

  void purge() noexcept {
    if (const Ref<Promised> promised = get()) promised->purge();
  }
  void forget() noexcept {
    Ref<Promised> promised;  // dropped after the lock
    const std::lock_guard lock(mutex_);
    std::swap(promised, promised_);
  }

 private:
  Ref<Promised> get() const noexcept {
    const std::lock_guard lock(mutex_);
    return promised_;
  }

  mutable std::mutex mutex_;
  Ref<Promised> promised_;
};

Promised::Promised(std::string description) : description_(std::move(description)) {}
Promised::~Promised() = default;

void Promised::resolve(Capability target) noexcept {
  inTurn([self = Ref<Promised>::share(this), target = std::move(target)]() mutable noexcept {
    self->resolveNow(std::move(target));
  });
}

void Promised::resolveNow(Capability target) noexcept {
  if (!target) {
    target = Capability::broken(Error(ErrorKind::failed, "null capability"));
  }
  target = target.resolved();
  if (!link(target)) return;
  if (waiting_) waiting_->forget();
  // Calls that arrive meanwhile queue behind those that go out here, so none overtakes another one.
  std::deque<Call> batch;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) {
        state_ = State::resolved;
        return;
      }
      batch.swap(queue_);
    }
    for (Call& call : batch) {
      if (!call.decided()) target.deliver(std::move(call));
    }
    batch.clear();
  }
}

// Makes `target` what calls go to, or a broken capability in its place.
bool Promised::link(Capability& target) noexcept {
  // What is dropped here is put off, as this is inside a Turn; so nothing is destroyed under the
  // locks.
  const std::lock_guard linking(links());
  if (std::optional<Error> fault = faultOfLink(*this, target)) {
    target = Capability::broken(*std::move(fault));
  }
  const std::lock_guard lock(mutex_);
  if (state_ != State::waiting) return false;
  state_ = State::handingOver;
  target_ = target;
  return true;
}

bool Promised::isResolved() const noexcept {
  const std::lock_guard lock(mutex_);
  return state_ == State::resolved;
}

std::size_t Promised::callsQueued() const noexcept {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::string Promised::describe() const {
  const Capability target = Capability(replacement()).resolved();
  return target ? target.describe() : description_;
}

Ref<Endpoint> Promised::forward(Call& call) noexcept {
  const Ref<Answer> answer = call.answer();
  Ref<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::resolved) return target_.ref();
    if (queue_.size() < callsMax) {
      queue_.push_back(std::move(call));
      if (state_ == State::waiting && !waiting_) {
        waiting_ = makeRef<Waiting>(Ref<Promised>::share(this));
      }
      waiting = waiting_;
    }
  }
  // A Call that was moved has no answer.
  if (call.answer()) {  // NOLINT(bugprone-use-after-move)
    call.settle(Error(ErrorKind::overloaded,
                      fmt::format("{} calls wait for '{}' already", callsMax, description_),
                      ErrorDetail::quota, Executed::no));
    return {};
  }
  if (waiting) answer->onCancel([waiting = std::move(waiting)](const Error&) { waiting->purge(); });
  return {};
}

Ref<Endpoint> Promised::next() const noexcept {
  const std::lock_guard lock(mutex_);
  return target_.ref();
}

Ref<Endpoint> Promised::replacement() const noexcept {
  const std::lock_guard lock(mutex_);
  return state_ == State::resolved ? target_.ref() : Ref<Endpoint>();
}

void Promised::shorten(const Capability& end) noexcept {
  Capability before = end;
  const std::lock_guard lock(mutex_);
  if (state_ == State::resolved) std::swap(target_, before);
}

// Lets go of calls that were cancelled while they queued.
void Promised::purge() noexcept {
  std::deque<Call> kept;
  std::deque<Call> gone;  // destroyed after the lock
  {
    const std::lock_guard lock(mutex_);
    for (Call& call : queue_) (call.decided() ? gone : kept).push_back(std::move(call));
    queue_.swap(kept);
    if (gone.empty() || !queue_.empty() || state_ != State::waiting) return;
  }
  emptied();
}

// Resolver

Resolver& Resolver::operator=(Resolver&& other) noexcept {
  const Resolver dropped = std::move(*this);
  promised_ = std::move(other.promised_);
  return *this;
}

Resolver::~Resolver() {
  if (!promised_) return;
  fail(Error(ErrorKind::disconnected,
             fmt::format("'{}' will never be there", promised_->describe()), ErrorDetail::none,
             Executed::no));
}

void Resolver::resolve(Capability target) noexcept {
  const Ref<Promised> promised = std::move(promised_);
  if (promised) promised->resolve(std::move(target));
}

PromisedCapability promiseCapability(std::string description) {
  Ref<Promised> promised = makeRef<Promised>(std::move(description));
  return {Capability(promised), Resolver(promised)};
}

}  // namespace troop::proxy
