// What a guest hears: from the mailbox into its memory.
#include <utility>

#include "runtime/units.h"
#include "sandbox/wasm/instance.h"

namespace troop::sandbox::wasm {

namespace {

constexpr std::size_t blockAlignment = 8;
constexpr int newsAtOnce = 32;
// What hearing of a withdrawal may cost whoever lent for the call, of what the call has left.
constexpr Duration cpuOfWithdrawalMax = 1ms;

}  // namespace

void Instance::arrive(Mailbox::Callee callee, proxy::Call call) noexcept {
  if (call.caller.loan && &call.caller.loan->lender().scheduler() != &share().scheduler()) {
    // Of another Process: what is used here cannot be charged there.
    call.caller.loan.reset();
  }
  const std::size_t bytes = call.params.bytes().size();
  if (bytes > limits_.messageBytes) {
    callsFailed_.fetch_add(1, std::memory_order_relaxed);
    return call.settle(Error(ErrorKind::failed,
                             "a message of " + describeBytes(bytes) + " is over the limit of '" +
                                 name_ + "', " + describeBytes(limits_.messageBytes),
                             ErrorDetail::badMessage, Executed::no));
  }
  const Ref<proxy::Answer> answer = call.answer();
  const Ref<Loan> lent = call.caller.loan;
  Expected<Mailbox::Accepted> accepted = mailbox_.arrive(callee, call);
  if (accepted.failed()) {
    callsFailed_.fetch_add(1, std::memory_order_relaxed);
    return call.settle(accepted.error());
  }
  if (accepted->displaced) {
    callsFailed_.fetch_add(1, std::memory_order_relaxed);
    accepted->displaced->settle(*accepted->error);
  }
  answer->onCancel(
      [self = Ref<Instance>::share(this), id = accepted->call, of = answer.get()](const Error&) {
        self->mailbox_.withdraw(id, *of);
        self->wake();
      });
  // Whatever it does before this call.
  wakeFor(payerOf(lent.get()));
}

void Instance::released(std::uint32_t offered) noexcept {
  mailbox_.released(offered, proxy::Caller::currentSender());
  wake();
}

void Instance::answerExpired() {
  if (limits_.wallPerCall == forever) return;
  const Time time = now();
  if (time >= wakeAt_) wakeAt_ = never;
  for (proxy::Call& call : mailbox_.expire(time)) {
    callsFailed_.fetch_add(1, std::memory_order_relaxed);
    call.settle(Error(
        ErrorKind::overloaded,
        "wall time of a call " + describe(limits_.wallPerCall) + " reached by '" + name_ + "'",
        ErrorDetail::wall));
  }
}

// Begins the next delivery; what cannot be delivered is dealt with here, up to a number, since
// others may go on sending it. False: there is nothing to hear.
bool Instance::takeNews() {
  for (int taken = 0; step_ == Step::none && taken < newsAtOnce; ++taken) {
    cause_ = {};
    cpuOfDelivery_ = {};
    Mailbox::News news = mailbox_.next();
    if (auto* arrival = std::get_if<Mailbox::Arrival>(&news)) {
      take(std::move(*arrival));
    } else if (const auto* settlement = std::get_if<Mailbox::Settlement>(&news)) {
      take(*settlement);
    } else if (auto* withdrawal = std::get_if<Mailbox::Withdrawal>(&news)) {
      take(std::move(*withdrawal));
    } else if (auto* release = std::get_if<Mailbox::Release>(&news)) {
      cause_ = std::move(release->cause);
      beginDelivery(Delivery::ofRelease(release->object));
    } else {
      return false;
    }
    if (killed_.load(std::memory_order_acquire)) return false;
  }
  return true;
}

void Instance::take(Mailbox::Arrival arrival) {
  cause_ = std::move(arrival.cause);
  cause_.loan = mailbox_.lentFor(cause_);
  if (cause_.loan && cause_.loan->isUsedUp()) {
    const Ref<Loan> loan = std::exchange(cause_.loan, nullptr);
    if (std::optional<proxy::Call> call = mailbox_.takeCall(arrival.call)) {
      callsFailed_.fetch_add(1, std::memory_order_relaxed);
      call->settle(loan->spentBefore(name_));
    }
    return;
  }
  // Who lends has paid for the message, and goes on until it is in the guest's memory.
  const Expected<void> charged =
      cause_.loan ? Expected<void>() : arrival.params.chargeTo(memory_.budget());
  delivery_ = Delivery::ofCall(std::move(arrival));
  if (charged.failed()) {
    noRoom(charged.error());
  } else {
    beginDelivery(*std::exchange(delivery_, std::nullopt));
  }
}

// It is heard before all calls, so who sent the call, and has withdrawn it, goes on paying.
void Instance::take(Mailbox::Withdrawal withdrawal) {
  cause_ = std::move(withdrawal.cause);
  if (const Ref<Loan> loan = std::move(cause_.loan)) cause_.loan = loan->rest(cpuOfWithdrawalMax);
  beginDelivery(Delivery::ofWithdrawal(withdrawal.call));
}

void Instance::take(const Mailbox::Settlement& settlement) {
  cause_ = settlement.cause;
  const Expected<proxy::Message>& result = settlement.answer->result();
  if (cause_.loan) goOnLoan(result.failed() ? &result.error() : nullptr);
  if (result.failed()) {
    const Error& error = result.error();
    if (error.detail() == ErrorDetail::revoked) {
      callsRefused_.fetch_add(1, std::memory_order_relaxed);
      std::lock_guard lock(endMutex_);
      lastRefusal_ = error.reason();
    }
    return beginDelivery(Delivery::ofError(settlement.question, error));
  }
  // What the guest does not hear of nobody keeps, however long it leaves the question open.
  const std::size_t bytes = result.value().bytes().size();
  if (bytes > limits_.messageBytes) {
    (void)settlement.answer->take();
    return beginDelivery(
        Delivery::ofError(settlement.question,
                          Error(ErrorKind::failed,
                                "the result of " + describeBytes(bytes) + " is over the limit of " +
                                    describeBytes(limits_.messageBytes) + " for one message",
                                ErrorDetail::badMessage)));
  }
  const Expected<void> charged = settlement.answer->chargeTo(memory_.budget());
  if (charged.failed()) {
    (void)settlement.answer->take();
    return beginDelivery(Delivery::ofError(settlement.question, charged.error()));
  }
  beginDelivery(Delivery::ofResult(settlement.question, settlement.answer));
}

void Instance::deliverStart() {
  std::string names;
  std::vector<proxy::Capability> granted;
  for (Grant& grant : grants_) {
    auto* capability = std::get_if<proxy::Capability>(&grant.permission);
    if (capability == nullptr) continue;
    if (!granted.empty()) names += '\n';
    names += grant.name;
    granted.push_back(std::move(*capability));
  }
  grants_.clear();
  beginDelivery(Delivery::ofStart(std::move(names), std::move(granted),
                                  static_cast<std::uint32_t>(limits_.memoryBytes >> 10),
                                  static_cast<std::uint32_t>(limits_.stackBytes >> 10)));
}

void Instance::beginDelivery(Delivery delivery) {
  delivery_ = std::move(delivery);
  Expected<std::vector<std::uint32_t>> inserted = insertAll(delivery_->capabilities());
  if (inserted.failed()) return noRoom(inserted.error());
  handles_ = std::move(inserted).value();
  step_ = Step::allocating;
  busy_.store(true, std::memory_order_relaxed);
  memory_.note();
  store_->begin(*alloc_, {static_cast<std::int32_t>(delivery_->blockBytes())});
}

Expected<std::vector<std::uint32_t>> Instance::insertAll(
    const std::vector<proxy::Capability>& capabilities) {
  std::vector<std::uint32_t> handles;
  handles.reserve(capabilities.size());
  for (const proxy::Capability& capability : capabilities) {
    const Expected<std::uint32_t> handle = table_->insert(capability);
    if (handle.failed()) {
      for (std::uint32_t inserted : handles) table_->release(inserted);
      return handle.error();
    }
    handles.push_back(handle.value());
  }
  return handles;
}

// The guest has given a block, or not.
void Instance::allocated(std::uint32_t pointer) {
  if (pointer == 0) {
    for (std::uint32_t handle : handles_) table_->release(handle);
    handles_.clear();
    return noRoom(Error(ErrorKind::overloaded,
                        "'" + name_ + "' has no memory left for this message", ErrorDetail::memory,
                        Executed::no));
  }
  const std::span<std::byte> memory = store_->memory();
  const std::size_t bytes = delivery_->blockBytes();
  if (pointer % blockAlignment != 0 || pointer > memory.size() || bytes > memory.size() - pointer) {
    return die(
        Error(ErrorKind::failed, "troop_alloc gave a block that is not aligned or outside memory"));
  }
  write(*delivery_, handles_, memory.subspan(pointer, bytes));
  delivery_.reset();  // from now on it is in the guest's memory, and paid for there
  step_ = Step::delivering;
  store_->begin(*deliver_, {static_cast<std::int32_t>(pointer), static_cast<std::int32_t>(bytes)});
}

// The delivery at hand has no room in the guest. Nothing is lost in silence: a caller hears why, a
// result becomes an error; a guest that cannot even be told that can no longer be served.
void Instance::noRoom(Error error) {
  const Delivery delivery = *std::exchange(delivery_, std::nullopt);
  step_ = Step::none;
  busy_.store(false, std::memory_order_relaxed);
  switch (delivery.header.kind) {
    case troop_call:
      if (std::optional<proxy::Call> call = mailbox_.takeCall(delivery.header.id)) {
        callsFailed_.fetch_add(1, std::memory_order_relaxed);
        call->settle(Error(error.kind(), error.reason(), error.detail(), Executed::no));
      }
      chargeLap();  // to who sent it, not to who comes next
      return;
    case troop_result:
      return beginDelivery(Delivery::ofError(delivery.header.id, error));
    default:
      return die(memoryReached());
  }
}

}  // namespace troop::sandbox::wasm
