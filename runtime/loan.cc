#include "runtime/loan.h"

#include <algorithm>
#include <utility>

#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/troop.h"
#include "runtime/units.h"

namespace troop {

Loan::Loan(Ref<Troop> lender, Duration cpuMax, std::size_t memoryBytesMax) noexcept
    : lender_(std::move(lender)), cpuMax_(cpuMax), memoryBytesMax_(memoryBytesMax) {}

Loan::~Loan() = default;

Duration Loan::chargeCpu(Duration cpu) noexcept {
  // Relaxed: a ledger orders no other memory.
  Duration::rep used = cpuUsed_.load(std::memory_order_relaxed);
  Duration::rep charged = 0;
  do {
    charged = std::clamp<Duration::rep>(cpu.count(), 0, cpuMax_.count() - used);
    if (charged == 0) return {};
  } while (!cpuUsed_.compare_exchange_weak(used, used + charged, std::memory_order_relaxed));
  lender_->chargeCpu(Duration(charged));
  return Duration(charged);
}

Ref<Loan> Loan::rest(Duration cpuMax) const {
  const Duration left = std::min(cpuMax_ - cpuUsed(), cpuMax);
  return left > Duration::zero() ? makeRef<Loan>(lender_, left, memoryBytesMax_) : nullptr;
}

Error Loan::spentBy(std::string_view server) const {
  return spent("by '" + std::string(server) + "'", Executed::maybe);
}

Error Loan::spentBefore(std::string_view server) const {
  return spent("before it reached '" + std::string(server) + "'", Executed::no);
}

Error Loan::spent(const std::string& where, Executed executed) const {
  return Error(ErrorKind::overloaded,
               "the " + describe(cpuMax_) + " of CPU time that '" + lender_->name() +
                   "' lends for a call were used up " + where,
               ErrorDetail::quota, executed);
}

WorkingOn::WorkingOn(Ref<Loan> loan) noexcept {
  Task& task = *troop::current()->task;
  if (loan && &loan->lender().scheduler() != &task.thread().share().scheduler()) loan.reset();
  before_ = task.workOn(std::move(loan));
}

WorkingOn::~WorkingOn() {
  troop::current()->task->workOn(std::move(before_));
}

Loan* Loan::current() noexcept {
  const Current* here = troop::current();
  return here != nullptr && here->task != nullptr ? here->task->loan() : nullptr;
}

}  // namespace troop
