#include "proxy/attenuation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

#include "proxy/call.h"
#include "proxy/message.h"
#include "proxy/routing/forwarder.h"
#include "proxy/routing/interposed.h"
#include "runtime/error.h"

namespace troop::proxy {
namespace {

// Beyond are times that cannot be added to others.
constexpr Duration perMax = forever / 4;

// What has been let through, apart from what is behind it: calls under way keep this, and a call
// must not keep alive what serves it.
class Meter final : public RefCounted {
 public:
  explicit Meter(Attenuation to) : to_(std::move(to)) {}

  const std::string& name() const noexcept { return to_.name; }
  bool countsBytes() const noexcept { return to_.bytesMax != Attenuation::unlimited; }

  // Counts a call with so many bytes of parameters, or says why it may not be made.
  std::optional<Error> admit(MethodId method, std::uint64_t bytes);
  // `result`, where its bytes are not too many.
  Expected<Message> counted(Expected<Message> result);

 private:
  bool offers(MethodId method) const noexcept {
    return !to_.methods || std::ranges::find(*to_.methods, method) != to_.methods->end();
  }
  std::optional<Error> overLocked(Time now, std::uint64_t bytes) const;
  std::optional<Error> takeTurnLocked(Time now);
  Error usedUp(std::string_view limit, Executed executed = Executed::no) const;

  const Attenuation to_;

  std::mutex mutex_;  // protects what follows
  std::uint64_t calls_ = 0;
  std::uint64_t bytes_ = 0;
  // When the last call that was let through would have come, had all come evenly (the generic cell
  // rate algorithm of ITU-T I.371).
  Time even_{};
};

Error Meter::usedUp(std::string_view limit, Executed executed) const {
  return Error(
      ErrorKind::disconnected,
      fmt::format("capability '{}' is used up: its limit of {} was reached", to_.name, limit),
      ErrorDetail::revoked, executed);
}

std::optional<Error> Meter::overLocked(Time now, std::uint64_t bytes) const {
  if (now >= to_.expires) {
    return Error(ErrorKind::disconnected, fmt::format("capability '{}' has expired", to_.name),
                 ErrorDetail::revoked, Executed::no);
  }
  if (calls_ >= to_.callsMax) return usedUp(fmt::format("{} calls", to_.callsMax));
  if (bytes_ >= to_.bytesMax) return usedUp(fmt::format("{} bytes", to_.bytesMax));
  if (const std::uint64_t left = to_.bytesMax - bytes_; bytes > left) {
    return Error(ErrorKind::overloaded,
                 fmt::format("capability '{}' has {} bytes left of {}, and this call takes {}",
                             to_.name, left, to_.bytesMax, bytes),
                 ErrorDetail::quota, Executed::no);
  }
  return std::nullopt;
}

std::optional<Error> Meter::takeTurnLocked(Time now) {
  if (!to_.rate) return std::nullopt;
  const auto calls = static_cast<Duration::rep>(to_.rate->calls);
  const Duration apart((to_.rate->per.count() + calls - 1) / calls);
  const Time due = std::max(even_, now);
  const Time earliest = due - apart * (calls - 1);
  if (now < earliest) {
    return Error(
        ErrorKind::overloaded,
        fmt::format("capability '{}' may be called {} times in {} ms: again in {} ms", to_.name,
                    calls,
                    std::chrono::duration_cast<std::chrono::milliseconds>(to_.rate->per).count(),
                    std::chrono::ceil<std::chrono::milliseconds>(earliest - now).count()),
        ErrorDetail::quota, Executed::no);
  }
  even_ = due + apart;
  return std::nullopt;
}

std::optional<Error> Meter::admit(MethodId method, std::uint64_t bytes) {
  if (!offers(method)) {
    return Error(
        ErrorKind::unimplemented,
        fmt::format("capability '{}' does not offer {}", to_.name, proxy::describe(method)),
        ErrorDetail::none, Executed::no);
  }
  const std::lock_guard lock(mutex_);
  const Time now = troop::now();
  if (std::optional<Error> over = overLocked(now, countsBytes() ? bytes : 0)) return over;
  if (std::optional<Error> tooOften = takeTurnLocked(now)) return tooOften;
  ++calls_;
  if (countsBytes()) bytes_ += bytes;
  return std::nullopt;
}

Expected<Message> Meter::counted(Expected<Message> result) {
  if (result.failed()) return result;
  const std::uint64_t bytes = result->bytes().size();
  const std::lock_guard lock(mutex_);
  const bool fits = bytes <= to_.bytesMax - bytes_;
  bytes_ = fits ? bytes_ + bytes : to_.bytesMax;
  if (fits) return result;
  return usedUp(fmt::format("{} bytes", to_.bytesMax), Executed::maybe);
}

class Attenuator final : public Forwarder {
 public:
  Attenuator(Capability inside, Ref<Meter> meter, Ref<Budget> payer, Charge charge)
      : inside_(std::move(inside)),
        meter_(std::move(meter)),
        payer_(std::move(payer)),
        charge_(std::move(charge)) {}

  std::string describe() const override { return fmt::format("capability '{}'", meter_->name()); }
  Ref<Endpoint> next() const noexcept override { return inside_.ref(); }

  Ref<Endpoint> forward(Call& call) noexcept override {
    const std::size_t bytes = call.params.bytes().size();
    if (meter_->countsBytes()) {
      // Before it counts: it may be refused for want of memory.
      std::optional<Call> inner = interposed(
          std::move(call), payer_,
          [meter = meter_](Expected<Message> result) { return meter->counted(std::move(result)); });
      if (!inner) return {};
      call = *std::move(inner);
    }
    if (std::optional<Error> refusal = meter_->admit(call.method, bytes)) {
      call.settle(*std::move(refusal));
      return {};
    }
    return inside_.ref();
  }

 private:
  const Capability inside_;
  const Ref<Meter> meter_;
  const Ref<Budget> payer_;
  const Charge charge_;
};

void check(const Attenuation& to) {
  if (!to.rate) return;
  const auto [calls, per] = *to.rate;
  const bool isRate = calls > 0 && per > Duration::zero() && per <= perMax &&
                      calls <= static_cast<std::uint64_t>(per.count());
  if (isRate) return;
  throw Error(ErrorKind::failed,
              fmt::format("the rate of '{}' must be of one call at least, in up to 73 years, and "
                          "of no more than one a nanosecond",
                          to.name));
}

}  // namespace

Capability attenuate(Capability inside, Attenuation to, const Ref<Budget>& payer) {
  check(to);
  if (!inside) return {};
  if (Forwarder::hopsOf(inside) == Forwarder::hopsMax) {
    return Capability::broken(Forwarder::tooManyHops());
  }
  Charge charge;
  if (payer) {
    Expected<Charge> paid = payer->charge(sizeof(Attenuator) + sizeof(Meter));
    if (paid.failed()) return Capability::broken(std::move(paid).error());
    charge = std::move(paid).value();
  }
  return Capability(makeRef<Attenuator>(std::move(inside), makeRef<Meter>(std::move(to)), payer,
                                        std::move(charge)));
}

}  // namespace troop::proxy
