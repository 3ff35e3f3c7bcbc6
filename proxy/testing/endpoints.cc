#include "proxy/testing/endpoints.h"

namespace troop::proxy::testing {

Message numbered(std::uint64_t number, std::vector<Capability> capabilities,
                 const Ref<Budget>& payer) {
  MessageBuilder builder(1, static_cast<unsigned>(capabilities.size()));
  StructBuilder root = builder.root();
  root.setNumber<std::uint64_t>(0, number);
  for (unsigned i = 0; i < capabilities.size(); ++i) {
    root.setCapability(i, std::move(capabilities[i]));
  }
  return builder.finish(payer).value();
}

std::uint64_t numberOf(const Message& message) {
  return message.root().number<std::uint64_t>(0);
}

std::string textOf(const Expected<Message>& result) {
  if (result.succeeded()) return std::to_string(numberOf(result.value()));
  return std::string(name(result.error().kind())) + ": " + result.error().reason();
}

ErrorDetail detailOf(const Answer& answer) {
  return answer.result().failed() ? answer.result().error().detail() : ErrorDetail::none;
}

Keeper::~Keeper() {
  if (onDestroy) onDestroy();
}

void Keeper::call(Call call) noexcept {
  if (onCall) onCall(call);
  const std::lock_guard lock(mutex_);
  arrived_.push_back(numberOf(call.params));
  calls_.push_back(std::move(call));
}

std::vector<std::uint64_t> Keeper::arrived() const {
  const std::lock_guard lock(mutex_);
  return arrived_;
}

std::size_t Keeper::waiting() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

Call Keeper::take() {
  const std::lock_guard lock(mutex_);
  Call call = std::move(calls_.front());
  calls_.pop_front();
  return call;
}

void Echo::call(Call call) noexcept {
  calls.fetch_add(1);
  Message params = std::move(call.params);
  call.settle(std::move(params));
}

}  // namespace troop::proxy::testing
