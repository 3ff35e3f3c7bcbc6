#include "runtime/blocking/foreign-callback.h"

#include "runtime/sched/current.h"

namespace troop {
namespace {

const void* caller() noexcept {
  const Current* here = current();
  return here != nullptr ? here->task : nullptr;
}

}  // namespace

// Of the calling OS thread; those of all Tasks that are pinned there. Not inlined: see
// runtime/sched/current.cc.
[[gnu::noinline]] ForeignCall::Record*& ForeignCall::innermost() noexcept {
  asm volatile("" ::: "memory");
  static thread_local Record* record = nullptr;
  return record;
}

ForeignCall::ForeignCall()
    : record_(new Record{.caller = caller(), .outer = innermost(), .failure = {}}) {
  innermost() = record_.get();
}

ForeignCall::~ForeignCall() {
  // Those of other Tasks end in any order.
  Record** place = &innermost();
  while (*place != record_.get()) place = &(*place)->outer;
  *place = record_->outer;
}

void ForeignCall::rethrow() {
  if (record_->failure != nullptr) {
    std::rethrow_exception(std::exchange(record_->failure, nullptr));
  }
}

ForeignFrame::ForeignFrame() noexcept
    : call_([] {
        ForeignCall::Record* call = ForeignCall::innermost();
        while (call != nullptr && call->caller != caller()) call = call->outer;
        return call;
      }()) {}

void ForeignFrame::keepFailure() {
  if (call_ == nullptr) throw;
  if (call_->failure == nullptr) call_->failure = std::current_exception();
}

}  // namespace troop
