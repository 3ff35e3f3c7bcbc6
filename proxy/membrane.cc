#include "proxy/membrane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/message.h"
#include "proxy/routing/forwarder.h"
#include "proxy/routing/turn.h"

namespace troop::proxy {

// What limitCalls() counts.
struct Membrane::Limit final : RefCounted {
  explicit Limit(std::uint64_t max) : callsMax(max) {}

  const std::uint64_t callsMax;

  // Protected by the Membrane.
  std::uint64_t callsMade = 0;
  std::uint64_t callsUnderWay = 0;
  bool refused = false;
};

// A capability as those on the other side hold it.
class Membrane::Wrapper final : public Forwarder {
 public:
  Wrapper(Ref<Membrane> membrane, Capability inner, Side holders, Ref<Limit> limit, Charge charge)
      : membrane(std::move(membrane)),
        holders(holders),
        limit(std::move(limit)),
        charge_(std::move(charge)),
        inner_(std::move(inner)) {}
  ~Wrapper() override;

  std::string describe() const override { return fmt::format("capability '{}'", membrane->name()); }
  Ref<Endpoint> forward(Call& call) noexcept override;
  Ref<Endpoint> next() const noexcept override {
    const std::lock_guard lock(membrane->mutex_);
    return inner_.ref();
  }

  // Of a capability, if it is one of this membrane's.
  static Wrapper* of(const Capability& capability, const Membrane& membrane) noexcept;

  const Ref<Membrane> membrane;
  const Side holders;
  const Ref<Limit> limit;  // null for none

 private:
  friend class Membrane;
  std::optional<Error> admit(Capability& inner, Ref<Crossing> crossing) noexcept;

  const Charge charge_;

  // Protected by the Membrane.
  Capability inner_;  // null once revoked
  std::list<Wrapper*>::iterator place_;
};

// A call under way: the outer one, which its caller made, and the inner one, which its callee sees.
// It does not keep the capability that it went through, which keeps what serves it: that may depend
// on being dropped.
class Membrane::Crossing final : public RefCounted {
 public:
  Crossing(const Wrapper& wrapper, Call call, Charge charge)
      : membrane(wrapper.membrane),
        callers(wrapper.holders),
        limit(wrapper.limit),
        inner(makeRef<Answer>()),
        outer_(std::move(call)),
        charge_(std::move(charge)) {}

  const Ref<Answer>& outer() const noexcept { return outer_.answer(); }

  void watch(const Ref<Crossing>& self) {
    inner->onSettled([self] { self->membrane->finish(*self); });
    outer()->onCancel([self](const Error& cause) { self->inner->cancel(cause); });
  }

  void revoke(const Error& error) noexcept {
    outer()->settle(error);
    inner->cancel(error);
  }

  const Ref<Membrane> membrane;
  const Side callers;
  const Ref<Limit> limit;
  const Ref<Answer> inner;

 private:
  friend class Membrane;
  friend class Wrapper;

  const Call outer_;  // only its answer is used; kept because a Call that goes answers
  const Charge charge_;
  std::optional<std::list<Ref<Crossing>>::iterator> place_;  // protected by the Membrane
};

Membrane::Wrapper::~Wrapper() {
  const std::lock_guard lock(membrane->mutex_);
  if (inner_) membrane->wrappers_.erase(place_);
}

Membrane::Wrapper* Membrane::Wrapper::of(const Capability& capability,
                                         const Membrane& membrane) noexcept {
  auto* wrapper = dynamic_cast<Wrapper*>(capability.endpoint().forwarder());
  return wrapper != nullptr && wrapper->membrane.get() == &membrane ? wrapper : nullptr;
}

// Lets a call through, or says why not.
std::optional<Error> Membrane::Wrapper::admit(Capability& inner, Ref<Crossing> crossing) noexcept {
  const std::lock_guard lock(membrane->mutex_);
  if (membrane->revoked_) {
    ++membrane->callsRefused_;
    return membrane->revoked_;
  }
  if (limit) {
    if (limit->callsMade == limit->callsMax) {
      ++membrane->callsRefused_;
      limit->refused = true;
      return membrane->exhausted(*limit);
    }
    ++limit->callsMade;
    ++limit->callsUnderWay;
  }
  ++membrane->callsPassed_;
  inner = inner_;
  membrane->crossings_.push_back(crossing);
  crossing->place_ = std::prev(membrane->crossings_.end());
  return std::nullopt;
}

Ref<Endpoint> Membrane::Wrapper::forward(Call& call) noexcept {
  Charge charge;
  const Ref<Budget> payer = membrane->payerOf(call);
  if (payer) {
    Expected<Charge> paid = payer->charge(sizeof(Crossing) + sizeof(Answer));
    if (paid.failed()) {
      call.settle(std::move(paid).error());
      return {};
    }
    charge = std::move(paid).value();
  }
  const MethodId method = call.method;
  const Time deadline = call.deadline;
  Caller caller = call.caller;
  Message params = std::move(call.params);
  const auto crossing = makeRef<Crossing>(*this, std::move(call), std::move(charge));
  Capability inner;
  if (std::optional<Error> refusal = admit(inner, crossing)) {
    crossing->outer()->settle(*std::move(refusal));
    membrane->revokeIfExhausted(limit);
    return {};
  }
  params = membrane->cross(std::move(params),
                           holders == Side::outside ? Side::inside : Side::outside, payer);
  call = Call(method, std::move(params), crossing->inner, deadline, std::move(caller));
  crossing->watch(crossing);
  return inner.ref();
}

Membrane::Membrane(std::string name, Ref<Budget> payer)
    : name_(std::move(name)), payer_(std::move(payer)) {}

Capability Membrane::wrap(Capability inside) {
  return wrap(std::move(inside), Side::outside, nullptr, payer_);
}

// Without one of its own whoever calls, so that a chain of membranes, and what is passed through
// it, is paid for hop by hop.
Ref<Budget> Membrane::payerOf(const Call& call) const {
  if (payer_) return payer_;
  return call.caller.sender ? call.caller.sender->memory() : nullptr;
}

Capability Membrane::wrap(Capability capability, Side holders, Ref<Limit> limit,
                          const Ref<Budget>& payer) {
  if (!capability) return {};
  // Nothing would get through; and two who pass a capability to and fro through two membranes would
  // make it larger each time.
  if (Forwarder::hopsOf(capability) == Forwarder::hopsMax) {
    return Capability::broken(Forwarder::tooManyHops());
  }
  Charge charge;
  if (payer) {
    Expected<Charge> paid = payer->charge(sizeof(Wrapper));
    if (paid.failed()) return Capability::broken(std::move(paid).error());
    charge = std::move(paid).value();
  }
  auto wrapper = makeRef<Wrapper>(Ref<Membrane>::share(this), std::move(capability), holders,
                                  std::move(limit), std::move(charge));
  Capability dropped;
  {
    const std::lock_guard lock(mutex_);
    if (revoked_) {
      dropped = std::move(wrapper->inner_);
    } else {
      wrapper->place_ = wrappers_.insert(wrappers_.end(), wrapper.get());
    }
  }
  return Capability(std::move(wrapper));
}

Capability Membrane::cross(const Capability& capability, Side holders, const Ref<Budget>& payer) {
  if (!capability) return {};
  Capability crossing = capability.resolved();
  const Wrapper* wrapper = Wrapper::of(crossing, *this);
  if (wrapper == nullptr || wrapper->holders == holders) {
    return wrap(std::move(crossing), holders, nullptr, payer);
  }
  // It comes home.
  const std::lock_guard lock(mutex_);
  return revoked_ ? Capability::broken(*revoked_) : wrapper->inner_;
}

Message Membrane::cross(Message message, Side holders, const Ref<Budget>& payer) {
  if (message.capabilities().empty()) return message;
  std::vector<Capability> capabilities;
  capabilities.reserve(message.capabilities().size());
  for (const Capability& capability : message.capabilities()) {
    capabilities.push_back(cross(capability, holders, payer));
  }
  return std::move(message).withCapabilities(std::move(capabilities));
}

// The inner call is settled: its result goes out.
void Membrane::finish(Crossing& crossing) noexcept {
  Ref<Crossing> listed;  // dropped after the lock
  {
    const std::lock_guard lock(mutex_);
    if (crossing.limit) --crossing.limit->callsUnderWay;
    if (crossing.place_) {
      listed = std::move(**crossing.place_);
      crossings_.erase(*crossing.place_);
      crossing.place_.reset();
    }
  }
  Expected<Message> result = crossing.inner->take();
  if (result.succeeded()) {
    result = cross(std::move(result).value(), crossing.callers, payerOf(crossing.outer_));
  }
  crossing.outer()->settle(std::move(result));
  revokeIfExhausted(crossing.limit);
}

Error Membrane::exhausted(const Limit& limit) const {
  return Error(
      ErrorKind::disconnected,
      fmt::format("capability '{}' was revoked: limit of {} calls reached", name_, limit.callsMax),
      ErrorDetail::revoked, Executed::no);
}

void Membrane::revokeIfExhausted(const Ref<Limit>& limit) noexcept {
  if (!limit) return;
  {
    const std::lock_guard lock(mutex_);
    if (!limit->refused || limit->callsUnderWay != 0) return;
  }
  revoke(fmt::format("limit of {} calls reached", limit->callsMax));
}

void Membrane::revoke(std::string reason) noexcept {
  std::string text = fmt::format("capability '{}' was revoked", name_);
  if (!reason.empty()) text += ": " + reason;
  std::list<Ref<Crossing>> crossings;
  std::vector<Capability> inners;
  {
    const std::lock_guard lock(mutex_);
    if (revoked_) return;
    revoked_ = Error(ErrorKind::disconnected, text, ErrorDetail::revoked, Executed::no);
    crossings.swap(crossings_);
    for (const Ref<Crossing>& crossing : crossings) crossing->place_.reset();
    inners.reserve(wrappers_.size());
    for (Wrapper* wrapper : wrappers_) inners.push_back(std::move(wrapper->inner_));
    wrappers_.clear();
  }
  // What was under way may have been executed.
  const Error error(ErrorKind::disconnected, std::move(text), ErrorDetail::revoked);
  for (const Ref<Crossing>& crossing : crossings) crossing->revoke(error);
}

bool Membrane::revoked() const noexcept {
  const std::lock_guard lock(mutex_);
  return revoked_.has_value();
}

std::uint64_t Membrane::callsPassed() const noexcept {
  const std::lock_guard lock(mutex_);
  return callsPassed_;
}

std::uint64_t Membrane::callsRefused() const noexcept {
  const std::lock_guard lock(mutex_);
  return callsRefused_;
}

Capability limitCalls(Ref<Membrane> membrane, Capability inside, std::uint64_t callsMax) {
  return membrane->wrap(std::move(inside), Membrane::Side::outside,
                        makeRef<Membrane::Limit>(callsMax), membrane->payer_);
}

}  // namespace troop::proxy
