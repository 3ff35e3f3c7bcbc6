// A Caller is on whose behalf a call is made: the troop that makes it, and the Loan on which it is
// served. Whoever serves, queues or refuses calls goes by it: who pays, whose turn it is, who has
// to make room.
//
// Ownership: a value; it keeps the troop and the Loan alive. Threads: any. Misuse: taking the name
// for authority: it says who pays, nothing else.
//
//   Expected<Message> params = builder.finish(Caller::currentBudget());
//   Call call(method, std::move(params).value(), answer, deadline, Caller::current());
//   if (call.caller.loan) call.caller.loan->chargeCpu(cpu);
#pragma once

#include <cstdint>
#include <string>

#include "runtime/budget.h"
#include "runtime/loan.h"
#include "runtime/ref.h"
#include "runtime/troop.h"

namespace troop::proxy {

struct Caller {
  Ref<Troop> sender;  // null: an OS thread of the host, outside of all troops
  Ref<Loan> loan;     // null: nothing is lent, who serves the call pays

  // Of a call that is made here and now. What a Task does while it serves a call is lent from what
  // that call has left, so that the first caller pays; a new Loan is its own troop's.
  static Caller current();

  // The id of who acts on the calling OS thread, a Task's or a guest's troop; 0: nobody's.
  static std::uint64_t currentSender() noexcept;

  // Of the calling Task's troop, which pays for the messages it makes; null outside of Tasks, also
  // in a guest's turn, where who makes messages says who pays.
  static Ref<Budget> currentBudget();

  // Who pays: the lender, else the sender, else null.
  Troop* payer() const noexcept { return loan ? &loan->lender() : sender.get(); }
  // Tells payers apart; 0 for the host's OS threads.
  std::uint64_t payerId() const noexcept { return payer() != nullptr ? payer()->id() : 0; }
  std::uint64_t senderId() const noexcept { return sender ? sender->id() : 0; }

  // "'flooder'", "the host".
  static std::string describe(const Troop* payer);
};

}  // namespace troop::proxy
