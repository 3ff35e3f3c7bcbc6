#include "runtime/budget.h"

#include <algorithm>

#include "runtime/units.h"

namespace troop {

Expected<Charge> Budget::charge(std::size_t bytes) {
  if (bytes == 0) return Charge();
  if (const Budget* full = takeUpTo(bytes); full != nullptr) {
    return Error(ErrorKind::overloaded, "memory " + describeBytes(full->bytesMax_) + " reached",
                 ErrorDetail::memory, Executed::no);
  }
  return Charge(Ref<Budget>::share(this), bytes);
}

bool Budget::take(std::size_t bytes) noexcept {
  return takeUpTo(bytes) == nullptr;
}

const Budget* Budget::takeUpTo(std::size_t bytes) noexcept {
  for (Budget* budget = this; budget != nullptr; budget = budget->parent_.get()) {
    if (budget->takeHere(bytes)) continue;
    for (Budget* taken = this; taken != budget; taken = taken->parent_.get())
      taken->giveHere(bytes);
    return budget;
  }
  return nullptr;
}

void Budget::give(std::size_t bytes) noexcept {
  for (Budget* budget = this; budget != nullptr; budget = budget->parent_.get()) {
    budget->giveHere(bytes);
  }
}

std::size_t Budget::remaining() const noexcept {
  std::size_t least = unlimited;
  for (const Budget* budget = this; budget != nullptr; budget = budget->parent_.get()) {
    if (budget->bytesMax_ == unlimited) continue;
    const std::size_t used = budget->used();
    least = std::min(least, budget->bytesMax_ - std::min(used, budget->bytesMax_));
  }
  return least;
}

bool Budget::takeHere(std::size_t bytes) noexcept {
  // Relaxed throughout: a ledger orders no other memory.
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > bytesMax_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  std::size_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < used + bytes &&
         !peak_.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed)) {
  }
  return true;
}

void Budget::giveHere(std::size_t bytes) noexcept {
  used_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace troop
