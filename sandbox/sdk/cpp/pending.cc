#include "sandbox/sdk/cpp/pending.h"

#include <cstdint>

namespace troop::inline guest {
namespace {

constinit WaiterRing ready;

}  // namespace

void Waiter::leave() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = this;
}

// At the end of the ring that `before` begins.
void Waiter::enter(Waiter& before) {
  previous_ = before.previous_;
  next_ = &before;
  previous_->next_ = this;
  before.previous_ = this;
}

void runReady() {
  while (ready.next_ != &ready) {
    Waiter* const waiter = ready.next_;
    waiter->leave();
    waiter->run();
  }
}

void Pending::wait(Waiter& waiter) {
  waiter.enter(settled_ ? ready : waiters_);
}

void Pending::fail(Error error) {
  if (settled_) return;
  error_.emplace(std::move(error));
  settle();
}

void Pending::settle() {
  settled_ = true;
  while (waiters_.next_ != &waiters_) {
    Waiter* const waiter = waiters_.next_;
    waiter->leave();
    waiter->enter(ready);
  }
}

Capability Pending::pipeline(const std::vector<std::uint16_t>&) {
  return Capability::broken(error_ ? *error_
                                   : Error(ErrorKind::failed, "this is not the result of a call",
                                           ErrorDetail::none, Executed::no));
}

}  // namespace troop::inline guest
