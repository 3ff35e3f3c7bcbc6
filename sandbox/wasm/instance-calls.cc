// What a guest does: host functions. They run on the guest's stack, so they only note what is to
// happen; it happens when the guest's turn is over.
#include <algorithm>
#include <utility>

#include "runtime/units.h"
#include "sandbox/printable.h"
#include "sandbox/wasm/guest-endpoint.h"
#include "sandbox/wasm/instance.h"

namespace troop::sandbox::wasm {

namespace {

constexpr std::size_t pathLengthMax = 64;
// More than a message's bytes is charged for it: its capabilities, and what it takes to keep it.
constexpr std::size_t messageOverheadBytes = std::size_t{4} << 10;

// An object that others hold: its endpoint, its place in the mailbox.
constexpr std::size_t objectBytes = 256;

// A reason that the guest gives: others will show it.
std::string reasonOf(std::string_view text) {
  return printable(text, Delivery::errorTextBytesMax);
}

}  // namespace

Expected<proxy::Message> Instance::copyOut(Bytes message, Handles handles) {
  std::vector<proxy::Capability> capabilities;
  capabilities.reserve(std::min(handles.size(), limits_.capabilities));
  for (std::uint32_t handle : handles) {
    static const proxy::Capability null;
    const proxy::Capability* capability = handle == 0 ? &null : table_->find(handle);
    if (capability == nullptr || capabilities.size() == limits_.capabilities) {
      return Error(ErrorKind::failed,
                   capability == nullptr
                       ? "the message has a capability that is not held: " + std::to_string(handle)
                       : "the message has more capabilities than may be held",
                   ErrorDetail::badMessage, Executed::no);
    }
    capabilities.push_back(*capability);
  }
  makeRoom(message.size() + messageOverheadBytes);
  const proxy::MessageLimits limits{.bytesMax = limits_.messageBytes,
                                    .capabilitiesMax = limits_.capabilities};
  return proxy::Message::copyOf(message, std::move(capabilities), memory_.budget(), limits);
}

// While the guest runs what is left is reserved for its own memory; this takes from there. Nobody
// sees how large that is until the instance is made.
void Instance::makeRoom(std::size_t bytes) {
  if (phase_ == Phase::making) return;
  const Budget& budget = *memory_.budget();
  if (budget.remainingAtLeast() >= bytes || budget.remaining() >= bytes) return;
  memory_.concede(bytes, store_->memoryBytes());
  store_->limitMemory(memory_.linearMax());
}

// What is left of the Loan on which it works, so that the first caller pays for all that follows.
Ref<Loan> Instance::lentForCall() {
  return cause_.loan && !cause_.loan->isSpent() ? cause_.loan : troop().lend();
}

HostCalls::Reply Instance::call(std::uint32_t capability, std::uint64_t interfaceId,
                                std::uint16_t method, Bytes message, Handles handles) noexcept {
  const auto answer = makeRef<proxy::Answer>();
  const std::uint32_t question = mailbox_.ask(answer, outbox_.finished(), cause_);
  if (question == 0) return troop_refused_overloaded;
  callsMade_.fetch_add(1, std::memory_order_relaxed);
  // The answer lives while it calls back; holding it here would keep it for ever.
  answer->onSettled([self = Ref<Instance>::share(this), question, of = answer.get()] {
    self->mailbox_.settled(question, *of, proxy::Caller::currentSender());
    self->wake();
  });

  const proxy::Capability* target = table_->find(capability);
  Expected<proxy::Message> params = copyOut(message, handles);
  if (target == nullptr) {
    answer->settle(Error(ErrorKind::failed,
                         "the capability " + std::to_string(capability) + " is not held",
                         ErrorDetail::badMessage, Executed::no));
  } else if (params.failed()) {
    answer->settle(std::move(params).error());
  } else {
    outbox_.add(
        Outbox::Send{*target, proxy::Call({interfaceId, method}, std::move(params).value(), answer,
                                          never, {Ref<Troop>::share(&troop()), lentForCall()})});
  }
  return static_cast<std::int32_t>(question);
}

HostCalls::Reply Instance::handleOf(proxy::Capability capability) {
  makeRoom(proxy::CapabilityTable::growthBytesMax);
  const Expected<std::uint32_t> handle = table_->insert(capability);
  if (handle.succeeded()) return static_cast<std::int32_t>(handle.value());
  outbox_.add(Outbox::Drop{std::move(capability)});
  return troop_refused_overloaded;
}

HostCalls::Reply Instance::pipeline(std::uint32_t question, Path path) noexcept {
  const Ref<proxy::Answer> answer = mailbox_.question(question);
  if (!answer || path.size() > pathLengthMax) return troop_refused_unknown;
  makeRoom(proxy::CapabilityTable::growthBytesMax);
  return handleOf(
      answer->pipeline(std::vector<std::uint16_t>(path.begin(), path.end()), memory_.budget()));
}

HostCalls::Reply Instance::answer(std::uint32_t id, Bytes message, Handles handles) noexcept {
  if (!mailbox_.isOpen(id)) return troop_refused_unknown;
  if (message.size() > limits_.messageBytes) return troop_refused_too_large;
  Expected<proxy::Message> result = copyOut(message, handles);
  if (result.failed()) {
    if (result.error().kind() == ErrorKind::overloaded) return troop_refused_overloaded;
    result = Error(ErrorKind::failed,
                   "'" + name_ + "' gave a malformed answer: " + result.error().reason(),
                   ErrorDetail::badMessage);
  }
  std::optional<proxy::Call> call = mailbox_.takeCall(id);
  if (!call) return troop_refused_unknown;
  if (result.succeeded()) {
    const Expected<void> charged = call->chargeToSender(*result);
    if (charged.failed()) result = charged.error();
  }
  (result.succeeded() ? callsServed_ : callsFailed_).fetch_add(1, std::memory_order_relaxed);
  outbox_.add(Outbox::Settle{*std::move(call), std::move(result)});
  return 0;
}

HostCalls::Reply Instance::fail(std::uint32_t id, ErrorKind kind,
                                std::string_view reason) noexcept {
  std::optional<proxy::Call> call = mailbox_.takeCall(id);
  if (!call) return troop_refused_unknown;
  callsFailed_.fetch_add(1, std::memory_order_relaxed);
  outbox_.add(Outbox::Settle{*std::move(call), Error(kind, reasonOf(reason))});
  return 0;
}

HostCalls::Reply Instance::serve(std::uint32_t object) noexcept {
  // Looked at first: an object that was offered and has no handle would be released at once.
  if (table_->size() >= limits_.capabilities) return troop_refused_overloaded;
  makeRoom(proxy::CapabilityTable::growthBytesMax);
  Expected<Charge> charge = memory_.budget()->charge(objectBytes);
  if (charge.failed()) return troop_refused_overloaded;
  const std::uint32_t offered = mailbox_.offer(object);
  if (offered == 0) return troop_refused_overloaded;
  return handleOf(proxy::Capability(makeRef<GuestEndpoint>(Ref<Instance>::share(this), object,
                                                           offered, std::move(charge).value())));
}

Expected<void> Instance::release(std::uint32_t handle) noexcept {
  if (handle == 0) return {};  // null
  const proxy::Capability* capability = table_->find(handle);
  if (capability == nullptr) {
    return Error(ErrorKind::failed, "the capability " + std::to_string(handle) + " is not held");
  }
  outbox_.add(Outbox::Drop{*capability});
  table_->release(handle);
  return {};
}

Expected<void> Instance::finish(std::uint32_t question) noexcept {
  std::optional<proxy::Interest> interest = mailbox_.finish(question);
  if (!interest) {
    return Error(ErrorKind::failed,
                 "there is no question " + std::to_string(question) + " to finish");
  }
  outbox_.add(Outbox::Finish{*std::move(interest)});
  return {};
}

Error Instance::abort(troop_abort_kind kind, std::string_view text) noexcept {
  aborted_ = true;
  switch (kind) {
    case troop_abort_memory:
      return memoryReached();
    case troop_abort_stack:
      return Error(ErrorKind::overloaded, "stack " + describeBytes(limits_.stackBytes) + " reached",
                   ErrorDetail::stack);
    case troop_abort_error:
      break;
  }
  return Error(ErrorKind::failed, reasonOf(text));
}

}  // namespace troop::sandbox::wasm
