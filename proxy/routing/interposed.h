// A call that is passed on with an answer of its own, so that who passes it on sees the result, or
// changes it, on its way to who made the call.
//
// Ownership: what `pass` holds is kept until the call is answered. Threads: any; `pass` runs as a
// callback of an Answer does, and holds nothing that keeps alive what serves the call. Errors:
// where its sender, or for the host's `payer`, cannot pay for the time that it is under way, the
// call is answered overloaded/memory, and this gives none. Whoever serves it is told that it was
// cancelled, whatever the cause.
//
//   std::optional<Call> inner = interposed(std::move(call), payer, [](Expected<Message> result) {
//     return result;
//   });
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/message.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"

namespace troop::proxy {

inline std::optional<Call> interposed(Call call, Ref<Budget> payer,
                                      std::function<Expected<Message>(Expected<Message>)> pass) {
  struct Outer {
    Call call;
    std::function<Expected<Message>(Expected<Message>)> pass;
    Charge charge;
  };
  if (call.caller.sender) payer = call.caller.sender->memory();
  Charge charge;
  if (payer) {
    Expected<Charge> paid = payer->charge(sizeof(Outer) + sizeof(Answer));
    if (paid.failed()) {
      call.settle(std::move(paid).error());
      return std::nullopt;
    }
    charge = std::move(paid).value();
  }
  Call inner(call.method, std::move(call.params), makeRef<Answer>(), call.deadline, call.caller);
  const Ref<Answer> answer = inner.answer();
  const Ref<Answer> first = call.answer();
  const auto outer = std::make_shared<Outer>(std::move(call), std::move(pass), std::move(charge));
  // Settled by itself: what its result takes was looked at when the inner one was.
  answer->onSettled([answer, first, outer] { first->settle(outer->pass(answer->take())); });
  first->onCancel([answer](const Error& cause) { answer->cancel(cause); });
  return inner;
}

}  // namespace troop::proxy
