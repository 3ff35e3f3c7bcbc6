// A Troop is an isolation domain: its Threads trust one another; its memory, CPU time and counts
// have limits of their own, it gets its share of the carriers by weight, and it can be killed as a
// whole.
//
// Ownership: Refs; a Troop must not be used, only released, after its Process has ended. Threads:
// any. Limits: TroopOptions. Fails: starting beyond a limit throws Error (overloaded, quota or
// memory); in a killed troop Error (disconnected, killed). Misuse: killing the troop of trusted
// native code stops each of its Tasks at its next wait, not earlier.
//
//   Ref<Troop> acme = process.troop({.name = "acme", .weight = 50, .cpuMax = 2s});
//   Ref<Thread> worker = acme->thread({"worker"}, [](int n) { work(n); }, 42);
//   acme->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "runtime/base/body.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/loan.h"
#include "runtime/ref.h"
#include "runtime/runnable.h"
#include "runtime/sched/share.h"
#include "runtime/sendable.h"
#include "runtime/thread.h"
#include "runtime/time.h"

namespace troop {

class Arena;
class Process;
class Scope;
class StackPool;

enum class Heap : unsigned char {
  shared,  // with everybody in the OS process; not charged
  own,     // charged to the troop's memory, and back at once when the troop has died
};

struct TroopOptions {
  static constexpr unsigned weightMax = 10'000;

  std::string name;
  unsigned weight = Share::defaultWeight;  // 1 to weightMax
  std::size_t memoryBytesMax = unlimited;
  // Of the Process's memory, set aside for it from the start; at most memoryBytesMax.
  std::size_t memoryBytesReserved = 0;
  Heap heap = Heap::shared;
  Duration cpuMax = forever;
  // What it lends for each call that it makes; with no CPU time nothing is lent, and who serves the
  // call pays.
  Duration cpuLentPerCall = 500ms;
  std::size_t memoryLentPerCall = std::size_t{64} << 20;
  std::size_t threadsMax = 1'000'000;
  std::size_t tasksMax = 2'000'000;
};

class Troop final : public Share {
 public:
  const std::string& name() const noexcept { return options_.name; }
  Process& process() const noexcept { return process_; }

  // A child of the Process's budget.
  Ref<Budget> memory() const noexcept { return memory_; }

  // What its Tasks allocate from, and nobody else. Allocation throws Error (overloaded, memory) at
  // the limit; all that was allocated is gone when the troop was killed and its last Thread has
  // ended.
  std::pmr::memory_resource& heap() noexcept;

  Duration cpuUsed() const noexcept { return Duration(cpuUsed_.load(std::memory_order_relaxed)); }
  Duration cpuMax() const noexcept { return options_.cpuMax; }

  // For one call that it makes; null where it lends nothing.
  Ref<Loan> lend();

  // Of the Task or guest that runs on the calling OS thread; null outside of both.
  static Troop* current() noexcept;

  // Charges CPU time; kills the troop when cpuMax is reached.
  void chargeCpu(Duration cpu) noexcept override;

  // The first cause wins. Native Tasks unwind at their next wait; guests are told by
  // Runnable::troopKilled().
  void kill(Error cause) noexcept;

  // Why it was killed.
  std::optional<Error> cause() const;

  // How many Threads and Tasks have not ended.
  std::size_t threads() const noexcept { return threads_.load(); }
  std::size_t tasks() const noexcept { return tasks_.load(std::memory_order_relaxed); }

  // Starts a Thread whose first Task calls function(arguments...). What crosses is Sendable, and
  // the function has no captures: runtime/sendable.h.
  template <typename F, typename... Arguments>
  Ref<Thread> thread(ThreadOptions options, F function, Arguments... arguments) {
    return start(std::move(options.name),
                 makeThreadBody(std::move(function), std::move(arguments)...));
  }

  // Starts a Thread without Tasks that is open for post() until it is closed.
  Ref<Thread> serviceThread(std::string name);

 private:
  friend class Process;
  friend class Scope;
  friend class SimulatedProcess;
  friend class Thread;

  Troop(Process& process, Ref<Scheduler> scheduler, Ref<StackPool> stacks, Ref<Budget> memory,
        TroopOptions options);
  ~Troop() override;

  // A Thread with one Task, ready to be started.
  Ref<Thread> prepare(std::string name, std::unique_ptr<Body> body, Scope* scope, Time deadline);
  Ref<Thread> start(std::string name, std::unique_ptr<Body> body);
  Ref<Thread> emptyThread(std::string name, Thread::Stays stays, Scope* scope);

  // Counts one more, unless the limit is reached.
  Expected<void> admitTask();
  void threadEnded() noexcept;
  // Gives its heap back; when nothing of it can run any more.
  void endHeap() noexcept;
  void taskEnded() noexcept { tasks_.fetch_sub(1, std::memory_order_relaxed); }

  Process& process_;
  const Ref<StackPool> stacks_;
  const TroopOptions options_;
  const Ref<Budget> memory_;
  std::unique_ptr<Arena> arena_;  // null for a shared heap, and when it has ended
  std::once_flag heapEnded_;
  std::atomic<Duration::rep> cpuUsed_{0};  // nanoseconds
  std::atomic<std::size_t> threads_{0};
  std::atomic<std::size_t> tasks_{0};
};

// What starting something in a killed troop fails with.
Error killedError(const Error& cause);

inline Troop& Runnable::troop() const noexcept {
  return static_cast<Troop&>(*share_);
}

}  // namespace troop
