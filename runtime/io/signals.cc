#include "runtime/io/signals.h"

#include <span>

#include "runtime/io/calls/open-socket.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/reactor.h"

namespace troop {

using signals::Subscription;

Expected<Signals> Signals::subscribe(std::initializer_list<int> signals) {
  return subscribeIn(reactorOfCaller(), signals);
}

Expected<Signals> Signals::subscribe(Process& process, std::initializer_list<int> signals) {
  return subscribeIn(reactorOfProcess(process), signals);
}

Expected<Signals> Signals::subscribeIn(Reactor& reactor, std::initializer_list<int> signals) {
  if (!reactor.isOfThisSystem()) {
    return Error(ErrorKind::failed, "there are no signals in a simulated run", ErrorDetail::none,
                 Executed::no);
  }
  Expected<Ref<Subscription>> begun = Subscription::begin(reactor, std::span(signals));
  if (begun.failed()) return std::move(begun).error();
  return Signals(*std::move(begun));
}

Signals& Signals::operator=(Signals&& other) noexcept {
  if (this != &other) {
    close();
    subscription_ = std::move(other.subscription_);
  }
  return *this;
}

Expected<int> Signals::next(Time deadline) {
  const Ref<Subscription> subscription = subscription_;
  Expected<long> taken = subscription->source().perform(Direction::reading, deadline, "a signal", 0,
                                                        Subscription::Takes{*subscription});
  if (taken.failed()) return std::move(taken).error();
  if (*taken < 0) return systemError(*taken, "waiting for", "signals");
  return static_cast<int>(*taken);
}

void Signals::close() noexcept {
  if (subscription_) subscription_->end();
}

}  // namespace troop
