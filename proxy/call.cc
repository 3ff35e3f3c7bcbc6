#include "proxy/call.h"

#include "runtime/units.h"

namespace troop::proxy {

Call::Call(MethodId method, Message params, Ref<Answer> answer, Time deadline,
           Caller caller) noexcept
    : method(method),
      params(std::move(params)),
      deadline(deadline),
      caller(std::move(caller)),
      answer_(std::move(answer)) {
  const Ref<Loan>& loan = this->caller.loan;
  if (loan && answer_ && loan->begin()) answer_->closes(loan);
}

Call& Call::operator=(Call&& other) noexcept {
  if (this != &other) {
    const Call dropped = std::move(*this);
    method = other.method;
    params = std::move(other.params);
    deadline = other.deadline;
    caller = std::move(other.caller);
    answer_ = std::move(other.answer_);
  }
  return *this;
}

Call::~Call() {
  if (answer_) settle(Error(ErrorKind::disconnected, "the call was dropped"));
}

void Call::settle(Expected<Message> result) noexcept {
  const Ref<Answer> answer = std::move(answer_);
  if (!answer) return;
  if (result.succeeded()) {
    const Expected<void> charged = chargeToSender(*result);
    if (charged.failed()) result = charged.error();
  }
  answer->settle(std::move(result));
}

// Not of the lender, where the call was made while serving another one: the lender neither knows of
// the result nor can collect it.
Expected<void> Call::chargeToSender(Message& result) const {
  if (!caller.sender) return {};
  const std::size_t bytes = result.bytesCharged();
  if (caller.loan && bytes > caller.loan->memoryBytesMax()) {
    return Error(ErrorKind::overloaded,
                 "the result takes " + describeBytes(bytes) + ", and '" +
                     caller.loan->lender().name() + "' lends " +
                     describeBytes(caller.loan->memoryBytesMax()) + " for a call",
                 ErrorDetail::memory);
  }
  const Expected<void> charged = result.chargeTo(caller.sender->memory());
  if (charged.succeeded()) return {};
  return Error(ErrorKind::overloaded,
               "'" + caller.sender->name() +
                   "' has no memory left for the result: " + charged.error().reason(),
               ErrorDetail::memory);
}

Ref<Loan> Call::renewLoan() {
  if (!caller.loan || !caller.loan->isClosed() || !answer_) return {};
  Ref<Loan> before = std::move(caller.loan);
  // Not of another Process, where it cannot be charged.
  const bool lends = caller.sender && &caller.sender->scheduler() == &before->lender().scheduler();
  caller.loan = lends ? caller.sender->lend() : nullptr;
  if (caller.loan && caller.loan->begin()) answer_->closes(caller.loan);
  return before;
}

}  // namespace troop::proxy
