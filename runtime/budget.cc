#include "runtime/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "runtime/units.h"

namespace troop {

Budget::Budget(Ref<Budget> parent, std::size_t bytesMax, std::size_t bytesReserved,
               std::string owner)
    : parent_(std::move(parent)),
      bytesMax_(bytesMax),
      bytesReserved_(bytesReserved),
      owner_(std::move(owner)) {
  if (bytesReserved == 0) return;
  const Budget* full = parent_->takeUpTo(bytesReserved);
  if (full != nullptr) throw full->refusal(bytesReserved);
  state_.store(reserves, std::memory_order_relaxed);
  parent_->reservations_.fetch_add(1, std::memory_order_relaxed);
  parent_->reservedBytes_.fetch_add(bytesReserved, std::memory_order_relaxed);
}

Budget::~Budget() {
  endReservation();
}

void Budget::endReservation() noexcept {
  const State before = state_.fetch_and(~reserves, std::memory_order_relaxed);
  if ((before & reserves) == 0) return;
  parent_->give(heldAbove(before) - usedIn(before));
  parent_->reservations_.fetch_sub(1, std::memory_order_relaxed);
  parent_->reservedBytes_.fetch_sub(bytesReserved_, std::memory_order_relaxed);
}

Error Budget::refusal(std::size_t bytes) const {
  std::string text = fmt::format("it reserves {}, and {} of {}{} are left", describeBytes(bytes),
                                 describeBytes(remaining()), describeBytes(bytesMax_),
                                 parent_ ? " of " + owner_ : "");
  if (const std::size_t others = reservations_.load(std::memory_order_relaxed); others != 0) {
    text += fmt::format("; {} {} {}", others, others == 1 ? "other reserves" : "others reserve",
                        describeBytes(reservedBytes_.load(std::memory_order_relaxed)));
  }
  return Error(ErrorKind::overloaded, std::move(text), ErrorDetail::memory, Executed::no);
}

Expected<Charge> Budget::charge(std::size_t bytes) {
  if (bytes == 0) return Charge();
  if (const Budget* full = takeUpTo(bytes); full != nullptr) {
    const std::string size = describeBytes(full->bytesMax_);
    return Error(ErrorKind::overloaded,
                 full == this ? "memory " + size + " reached"
                              : "memory " + size + " of " + full->owner_ + " is used up",
                 ErrorDetail::memory, Executed::no);
  }
  return Charge(Ref<Budget>::share(this), bytes);
}

bool Budget::take(std::size_t bytes) noexcept {
  return takeUpTo(bytes) == nullptr;
}

const Budget* Budget::takeUpTo(std::size_t bytes) noexcept {
  std::size_t above = bytes;
  for (Budget* budget = this; budget != nullptr && above != 0; budget = budget->parent_.get()) {
    const std::optional<std::size_t> next = budget->takeHere(above);
    if (!next) {
      undo(bytes, *budget, above);
      return budget;
    }
    above = *next;
  }
  return nullptr;
}

// What was taken below may have been given back in parts by others meanwhile, who then gave back
// above what was never taken there: the difference is put right at the one that refused.
void Budget::undo(std::size_t bytes, const Budget& refused, std::size_t notTaken) noexcept {
  std::size_t above = bytes;
  bool beyond = false;
  for (Budget* budget = this; budget != nullptr; budget = budget->parent_.get()) {
    if (budget == &refused) {
      above -= notTaken;
      beyond = true;
    }
    if (beyond && above == 0) return;
    above = budget->giveHere(above);
  }
}

void Budget::give(std::size_t bytes) noexcept {
  std::size_t above = bytes;
  for (Budget* budget = this; budget != nullptr && above != 0; budget = budget->parent_.get()) {
    above = budget->giveHere(above);
  }
}

std::size_t Budget::remaining() const noexcept {
  std::size_t least = unlimited;
  std::size_t reservedBelow = 0;  // and not used: held above already
  for (const Budget* budget = this; budget != nullptr; budget = budget->parent_.get()) {
    const State state = budget->state_.load(std::memory_order_relaxed);
    const std::size_t used = usedIn(state);
    if (budget->bytesMax_ != unlimited) {
      least =
          std::min(least, budget->bytesMax_ - std::min(used, budget->bytesMax_) + reservedBelow);
    }
    reservedBelow += budget->heldAbove(state) - used;
  }
  return least;
}

std::optional<std::size_t> Budget::takeHere(std::size_t bytes) noexcept {
  // Relaxed throughout: a ledger orders no other memory.
  State before = state_.load(std::memory_order_relaxed);
  const std::size_t bytesMax = std::min(bytesMax_, reserves - 1);
  std::size_t used;
  do {
    used = usedIn(before);
    if (used > bytesMax || bytes > bytesMax - used) return std::nullopt;
  } while (!state_.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  std::size_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < used + bytes &&
         !peak_.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed)) {
  }
  return heldAbove(before + bytes) - heldAbove(before);
}

std::size_t Budget::giveHere(std::size_t bytes) noexcept {
  const State before = state_.fetch_sub(bytes, std::memory_order_relaxed);
  return heldAbove(before) - heldAbove(before - bytes);
}

}  // namespace troop
