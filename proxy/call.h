// A Call is one call on its way: what is asked, and the duty to answer it. It is handed from
// Endpoint to Endpoint until one serves it.
//
// Ownership: move-only; whoever holds it has to answer, and a Call that is destroyed without an
// answer answers disconnected, "the call was dropped". The first one made on a Loan closes it when
// it is over; the result is charged to who sent the call. Threads: one at a time. Errors: none.
// Misuse: keeping the Answer but not the Call, and settling later: it is settled already.
//
//   void Echo::call(Call call) noexcept {
//     Message params = std::move(call.params);
//     call.settle(std::move(params));
//   }
#pragma once

#include <utility>

#include "proxy/answer.h"
#include "proxy/caller.h"
#include "proxy/capability.h"
#include "proxy/message.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace troop::proxy {

class Call {
 public:
  // Without a Caller it is nobody's in particular: who serves it pays.
  Call(MethodId method, Message params, Ref<Answer> answer, Time deadline = never,
       Caller caller = {}) noexcept;
  Call(Call&&) noexcept = default;
  Call& operator=(Call&& other) noexcept;
  ~Call();

  const Ref<Answer>& answer() const noexcept { return answer_; }

  // Answers; the Call has done its duty.
  void settle(Expected<Message> result) noexcept;

  // What a result takes is the expense of its sender until that one has taken it; this fails where
  // the sender has no memory for it, or lends less. settle() does the same.
  Expected<void> chargeToSender(Message& result) const;

  // Where the call that its Loan was lent for is over, it goes on at the expense of who sent it:
  // that one lends anew. Gives the Loan that has been replaced.
  Ref<Loan> renewLoan();

  // Whether nobody waits for it any more.
  bool decided() const noexcept { return !answer_ || answer_->decided(); }

  MethodId method;
  Message params;
  Time deadline;  // when its caller stops waiting; `never` if unknown
  Caller caller;

 private:
  Ref<Answer> answer_;
};

}  // namespace troop::proxy
