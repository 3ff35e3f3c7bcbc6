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
  if (const Budget* full = parent_->takeOrCollect(bytesReserved)) {
    throw full->refusal(bytesReserved);
  }
  ledger_.beginReservation();
  parent_->reservations_.fetch_add(1, std::memory_order_relaxed);
  parent_->reservedBytes_.fetch_add(bytesReserved, std::memory_order_relaxed);
}

Budget::~Budget() {
  endReservation();
}

void Budget::endReservation() noexcept {
  if (!ledger_.endReservation()) return;
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
  if (const Budget* full = takeOrCollect(bytes)) {
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
  const Ledger<>* full = ledger_.take(bytes);
  const Budget* budget = this;
  while (full != nullptr && full != &budget->ledger_) budget = budget->parent_.get();
  return full != nullptr ? budget : nullptr;
}

const Budget* Budget::takeOrCollect(std::size_t bytes) noexcept {
  const Budget* full = takeUpTo(bytes);
  return full != nullptr && collect() ? takeUpTo(bytes) : full;
}

void Budget::give(std::size_t bytes) noexcept {
  ledger_.give(bytes);
}

std::size_t Budget::used() const noexcept {
  collect();
  return ledger_.standing().used;
}

std::size_t Budget::usedAtMost() const noexcept {
  return ledger_.standing().used;
}

std::size_t Budget::remaining() const noexcept {
  collect();
  return remainingAtLeast();
}

std::size_t Budget::remainingAtLeast() const noexcept {
  std::size_t least = unlimited;
  std::size_t reservedBelow = 0;  // and not used: held above already
  for (const Budget* budget = this; budget != nullptr; budget = budget->parent_.get()) {
    const auto [used, held] = budget->ledger_.standing();
    if (budget->bytesMax_ != unlimited) {
      least =
          std::min(least, budget->bytesMax_ - std::min(used, budget->bytesMax_) + reservedBelow);
    }
    reservedBelow += held - used;
  }
  return least;
}

}  // namespace troop
