#include "runtime/blocking/foreign-callback.h"

#include "runtime/sched/current.h"

namespace troop {
namespace {

// Of the calling OS thread; those of all Tasks that are pinned there. Not inlined: see
// runtime/sched/current.cc.
[[gnu::noinline]] ForeignCall*& innermost() noexcept {
  asm volatile("" ::: "memory");
  static thread_local ForeignCall* call = nullptr;
  return call;
}

const void* caller() noexcept {
  const Current* here = current();
  return here != nullptr ? here->task : nullptr;
}

}  // namespace

ForeignCall::ForeignCall() noexcept : caller_(caller()), outer_(innermost()) {
  innermost() = this;
}

ForeignCall::~ForeignCall() {
  // Those of other Tasks end in any order.
  ForeignCall** place = &innermost();
  while (*place != this) place = &(*place)->outer_;
  *place = outer_;
}

void ForeignCall::rethrow() {
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
}

ForeignFrame::ForeignFrame() noexcept
    : call_([] {
        ForeignCall* call = innermost();
        while (call != nullptr && call->caller_ != caller()) call = call->outer_;
        return call;
      }()) {}

void ForeignFrame::keepFailure() {
  if (call_ == nullptr) throw;
  if (call_->failure_ == nullptr) call_->failure_ = std::current_exception();
}

}  // namespace troop
