// A Loan is what one troop lends to those who serve one call of its own: CPU time and memory, up to
// a bound for each. Who works on the call charges the Loan; what the Loan does not cover is the
// worker's own expense. A call that is made while serving another one is served on the same Loan,
// so whoever asked first pays for all that follows, and no more than was lent. It ends with the
// call that it was lent for: what is done after that is the expense of who does it, or asks for it.
//
// Ownership: shared by all calls that are served on it; it keeps the lender alive. Threads: any.
// Limits: those of TroopOptions. Fails: spentBy() says in words what is gone, and who used it.
// Misuse: charging it after the lender's Process has ended.
//
//   Ref<Loan> loan = acme->lend();
//   const Duration own = cpu - loan->chargeCpu(cpu);   // what the worker pays itself
//   if (loan->isSpent()) call.settle(loan->spentBy("markdown"));
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Troop;

class Loan final : public RefCounted {
 public:
  Loan(Ref<Troop> lender, Duration cpuMax, std::size_t memoryBytesMax) noexcept;
  ~Loan() override;

  Troop& lender() const noexcept { return *lender_; }
  Duration cpuMax() const noexcept { return cpuMax_; }
  // Of one result that waits for the lender.
  std::size_t memoryBytesMax() const noexcept { return memoryBytesMax_; }

  // Charges the lender, which this may kill, for as much of `cpu` as the Loan covers: that much is
  // returned.
  Duration chargeCpu(Duration cpu) noexcept;

  Duration cpuUsed() const noexcept { return Duration(cpuUsed_.load(std::memory_order_relaxed)); }
  bool isUsedUp() const noexcept { return cpuUsed() >= cpuMax_; }

  // True for the first who asks: the call that it is lent for, which is to close it when it is
  // over. Who works looks at times whether it is closed, and charges what it did until then.
  bool begin() noexcept { return !begun_.exchange(true, std::memory_order_relaxed); }
  void close() noexcept { closed_.store(true, std::memory_order_relaxed); }
  bool isClosed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  // Nothing more is to be done on it.
  bool isSpent() const noexcept { return isClosed() || isUsedUp(); }

  // A new one of the same lender with what is left, up to `cpuMax`; null where nothing is.
  Ref<Loan> rest(Duration cpuMax) const;

  // Overloaded/quota: "the 50 ms of CPU time that 'acme' lends for a call were used up by
  // 'markdown'", or "... before it reached 'markdown'", which then has not executed it.
  Error spentBy(std::string_view server) const;
  Error spentBefore(std::string_view server) const;

  // That of the running Task: what it does is part of a call that is served on it. Null for none.
  static Loan* current() noexcept;

 private:
  Error spent(const std::string& where, Executed executed) const;

  const Ref<Troop> lender_;
  const Duration cpuMax_;
  const std::size_t memoryBytesMax_;
  std::atomic<Duration::rep> cpuUsed_{0};  // nanoseconds, never more than cpuMax_
  std::atomic<bool> begun_{false};
  std::atomic<bool> closed_{false};
};

// While it exists the calling Task works on a Loan: what it uses is charged there, as far as the
// Loan goes, and the calls that it makes are served on the same. One of another Process is not
// charged. Misuse: outside of Tasks.
class WorkingOn {
 public:
  explicit WorkingOn(Ref<Loan> loan) noexcept;
  ~WorkingOn();
  WorkingOn(const WorkingOn&) = delete;
  WorkingOn& operator=(const WorkingOn&) = delete;

 private:
  Ref<Loan> before_;
};

}  // namespace troop
