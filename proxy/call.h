// A Call is one call on its way: what is asked, and the duty to answer it. It is handed from
// Endpoint to Endpoint until one serves it.
//
// Ownership: move-only; whoever holds it has to answer, and a Call that is destroyed without an
// answer answers disconnected, "the call was dropped". Threads: one at a time. Errors: none.
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
       Caller caller = {}) noexcept
      : method(method),
        params(std::move(params)),
        deadline(deadline),
        caller(std::move(caller)),
        answer_(std::move(answer)) {}
  Call(Call&&) noexcept = default;
  Call& operator=(Call&& other) noexcept;
  ~Call();

  const Ref<Answer>& answer() const noexcept { return answer_; }

  // Answers; the Call has done its duty.
  void settle(Expected<Message> result) noexcept;

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
