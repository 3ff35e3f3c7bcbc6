#include "proxy/capability.h"

#include <fmt/format.h>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/message.h"
#include "proxy/routing/forwarder.h"
#include "proxy/routing/turn.h"

namespace troop::proxy {
namespace {

Error nullCapability() {
  return Error(ErrorKind::failed, "null capability", ErrorDetail::none, Executed::no);
}

// Answers every call with the same error.
class Broken final : public Endpoint {
 public:
  Broken(Error error, Charge charge)
      // NOLINTNEXTLINE(bugprone-throw-keyword-missing): a member, not to be thrown
      : error_(error.kind(), error.reason(), error.detail(), Executed::no),
        charge_(std::move(charge)) {}

  void call(Call call) noexcept override { call.settle(error_); }
  std::string describe() const override { return "broken capability: " + error_.reason(); }

 private:
  const Error error_;
  const Charge charge_;
};

}  // namespace

std::string describe(MethodId method) {
  return fmt::format("@{:#018x}.{}", method.interfaceId, method.method);
}

std::string Endpoint::describe() const {
  return "capability";
}

Capability Capability::broken(Error error, Charge charge) {
  return Capability(makeRef<Broken>(std::move(error), std::move(charge)));
}

Ref<Answer> Capability::call(MethodId method, Message params, Time deadline) const {
  Ref<Answer> answer = makeRef<Answer>();
  deliver(Call(method, std::move(params), answer, deadline, Caller::current()));
  return answer;
}

void Capability::deliver(Call call) const noexcept {
  if (!endpoint_) return call.settle(nullCapability());
  endpoint_->call(std::move(call));
}

Capability Capability::resolved() const {
  Capability current = *this;
  std::size_t steps = 0;
  for (; current; ++steps) {
    Forwarder* forwarder = current.endpoint().forwarder();
    Capability replacement(forwarder != nullptr ? forwarder->replacement() : Ref<Endpoint>());
    if (!replacement) break;
    current = std::move(replacement);
  }
  // So that a long chain is walked once, and what only it held can go.
  if (steps > 1) endpoint_->forwarder()->shorten(current);
  return current;
}

std::string Capability::describe() const {
  return endpoint_ ? endpoint_->describe() : "null";
}

void Capability::drop() noexcept {
  inTurn([endpoint = std::move(endpoint_)]() mutable noexcept { endpoint.reset(); });
}

}  // namespace troop::proxy
