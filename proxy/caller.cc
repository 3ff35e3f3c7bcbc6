#include "proxy/caller.h"

#include "runtime/thread.h"

namespace troop::proxy {

Caller Caller::current() {
  Troop* troop = Troop::current();
  if (troop == nullptr) return {};
  Loan* inherited = Loan::current();
  const bool lends = inherited != nullptr && !inherited->isSpent();
  return {Ref<Troop>::share(troop), lends ? Ref<Loan>::share(inherited) : troop->lend()};
}

std::uint64_t Caller::currentSender() noexcept {
  const Troop* troop = Troop::current();
  return troop != nullptr ? troop->id() : 0;
}

Ref<Budget> Caller::currentBudget() {
  Thread* thread = Thread::current();
  return thread != nullptr ? thread->troop().memory() : nullptr;
}

std::string Caller::describe(const Troop* payer) {
  return payer != nullptr ? "'" + payer->name() + "'" : "the host";
}

}  // namespace troop::proxy
