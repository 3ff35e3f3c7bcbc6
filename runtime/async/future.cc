#include "runtime/async/future.h"

namespace troop::async {

Expected<void> FutureCore::wait(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  return outcome(waiter.conclude(awaitSettled(deadline), deadline));
}

Expected<void> FutureCore::waitNoThrow(Time deadline) {
  Waiter::ofCaller().giveWay();
  return outcome(awaitSettled(deadline));
}

WaitResult FutureCore::awaitSettled(Time deadline) {
  std::unique_lock lock(mutex_);
  if (settled()) return WaitResult::signalled;
  return waiting_.wait(lock, deadline, Interruption::allowed, "the value of a Future");
}

Expected<void> FutureCore::outcome(WaitResult waited) {
  switch (waited) {
    case WaitResult::signalled:
      return {};
    case WaitResult::timedOut:
      return Error(ErrorKind::overloaded, "the deadline has passed", ErrorDetail::deadline);
    case WaitResult::cancelled:
      break;
  }
  return Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled);
}

void FutureCore::onSettled(std::unique_ptr<Body> callback) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (!settled()) {
      callback_ = std::move(callback);
      return;
    }
  }
  callback->run();
}

void FutureCore::fail(const std::exception_ptr& thrown) noexcept {
  // Of its own: who threw it may have kept it, and it may refer to anything.
  failure_ = std::make_exception_ptr(errorOf(thrown));
  settle();
}

void FutureCore::abandon() noexcept {
  fail(std::make_exception_ptr(
      Error(ErrorKind::disconnected, "what was to give the value has ended without it")));
}

void FutureCore::settle() noexcept {
  std::unique_ptr<Body> callback;
  {
    std::lock_guard lock(mutex_);
    settled_.store(true, std::memory_order_release);
    waiting_.signalAll();
    callback = std::move(callback_);
  }
  if (callback != nullptr) callback->run();
}

}  // namespace troop::async
