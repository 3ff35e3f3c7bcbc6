// A Troop is an isolation domain: its Threads trust one another; its memory, CPU time and counts
// have limits of their own, it gets its share of the carriers by weight, and it can be killed as a
// whole.
//
// Troops nest as groups: what the troops inside one use counts as its own as well, so its limits
// bound all of them together and the lower limit wins; its share of the carriers is theirs, by
// their weights; killing it kills them. A tenant is a troop that runs nothing itself.
//
// Ownership: Refs; a troop keeps the one that it is in alive. A Troop must not be used, only
// released, after its Process has ended. Threads: any. Limits: TroopOptions. Fails: starting beyond
// a limit throws Error (overloaded, quota or memory), which names the troop whose limit it was; in
// a killed troop Error (disconnected, killed). Misuse: killing the troop of trusted native code
// stops each of its Tasks at its next wait, not earlier.
//
//   Ref<Troop> acme = process.troop({.name = "acme", .weight = 50, .cpuMax = 2s});
//   Ref<Troop> shop = acme->troop({.name = "shop", .memoryBytesMax = 64_MiB});
//   Ref<Thread> worker = shop->thread({"worker"}, [](int n) { work(n); }, 42);
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

#include "runtime/async/future.h"
#include "runtime/base/body.h"
#include "runtime/base/list.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/heap/heap-profile.h"
#include "runtime/loan.h"
#include "runtime/ref.h"
#include "runtime/runnable.h"
#include "runtime/sched/share.h"
#include "runtime/sendable.h"
#include "runtime/thread.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Arena;
class HandleAccount;
class HeapSampler;
class Process;
class Scope;
class SharedStacks;
class StackPool;

enum class Heap : unsigned char {
  shared,  // with everybody in the OS process; not charged
  own,     // charged to the troop's memory, and back at once when the troop has died
};

struct TroopOptions {
  static constexpr unsigned weightMax = 10'000;
  static constexpr unsigned depthMax = 8;  // of troops inside each other

  std::string name;
  unsigned weight = Share::defaultWeight;  // 1 to weightMax
  std::size_t memoryBytesMax = unlimited;
  // Of the memory of what it is in, set aside for it from the start; at most memoryBytesMax.
  std::size_t memoryBytesReserved = 0;
  Heap heap = Heap::shared;
  // Of a heap of its own, one allocation in so many bytes is told by heapProfile(); 0: none.
  std::size_t heapSampleBytes = std::size_t{512} << 10;
  Duration cpuMax = forever;
  // What it lends for each call that it makes; with no CPU time nothing is lent, and who serves the
  // call pays.
  Duration cpuLentPerCall = 500ms;
  std::size_t memoryLentPerCall = std::size_t{64} << 20;
  std::size_t threadsMax = 1'000'000;
  std::size_t tasksMax = 2'000'000;
  std::size_t handlesMax = 20'000;  // of what is open outside: sockets, pipes, files
};

class Troop final : public Share,
                    public ListHook<struct InnerTag>  // of the troop that it is in
{
 public:
  const std::string& name() const noexcept { return options_.name; }
  Process& process() const noexcept { return process_; }

  // The troop that it is in, or null.
  Troop* group() const noexcept { return static_cast<Troop*>(outer()); }

  // A troop inside this one. Throws as Process::troop() does, Error (failed) beyond depthMax, and
  // Error (disconnected, killed) in a killed one.
  Ref<Troop> troop(TroopOptions options);

  // A child of the budget of what it is in.
  Ref<Budget> memory() const noexcept { return memory_; }

  // What its Tasks allocate from, and nobody else. Allocation throws Error (overloaded, memory) at
  // the limit; all that was allocated is gone when the troop was killed and its last Thread has
  // ended.
  std::pmr::memory_resource& heap() noexcept;

  // By which code the memory of its own heap was allocated that lives; empty where it has none, or
  // none any more.
  HeapProfile heapProfile() const;

  Duration cpuUsed() const noexcept { return Duration(cpuUsed_.load(std::memory_order_relaxed)); }
  Duration cpuMax() const noexcept { return options_.cpuMax; }

  // For one call that it makes; null where it lends nothing.
  Ref<Loan> lend();

  // Of the Task or guest that runs on the calling OS thread; null outside of both.
  static Troop* current() noexcept;

  // Charges CPU time, also to what it is in; kills the troop whose cpuMax is reached.
  void chargeCpu(Duration cpu) noexcept override;
  Budget* payer() const noexcept override { return memory_.get(); }
  std::string_view reportedName() const noexcept override { return name(); }

  // The first cause wins; troops inside are killed as well. Native Tasks unwind at their next wait;
  // guests are told by Runnable::troopKilled().
  void kill(Error cause) noexcept;

  // Why it was killed.
  std::optional<Error> cause() const;

  // How many Threads and Tasks have not ended, those of troops inside included.
  std::size_t threads() const noexcept;
  std::size_t tasks() const noexcept;
  // How many that they opened outside are open.
  std::size_t handles() const noexcept { return handles_.load(std::memory_order_relaxed); }

  // Starts a Thread whose first Task calls function(arguments...). What crosses is Sendable, and
  // the function has no captures: runtime/sendable.h.
  template <typename F, typename... Arguments>
  Ref<Thread> thread(ThreadOptions options, F function, Arguments... arguments) {
    return start(std::move(options), makeThreadBody(std::move(function), std::move(arguments)...));
  }

  // The same with a Future of what the function returns or throws, which is Sendable.
  template <typename F, typename... Arguments>
  auto future(ThreadOptions options, F function, Arguments... arguments) {
    auto [body, result] = makeFutureBody(std::move(function), std::move(arguments)...);
    start(std::move(options), std::move(body));
    return std::move(result);
  }

  // Starts a Thread without Tasks that is open for post() until it is closed.
  Ref<Thread> serviceThread(std::string name);

 private:
  friend class FiberTask;
  friend class HandleAccount;
  friend class Process;
  friend class Scope;
  friend void* allocateFrame(std::size_t bytes);
  friend void freeFrame(void* frame, std::size_t bytes) noexcept;
  friend class SimulatedProcess;
  friend class Thread;

  Troop(Process& process, Ref<Scheduler> scheduler, Ref<StackPool> stacks, Ref<Budget> memory,
        Ref<Troop> group, TroopOptions options);
  ~Troop() override;

  // What most Threads are charged for what their first Task calls: a block of memory.
  static constexpr std::size_t usualBodyBytes = 64;
  // One of those that carriers count in advance: without a name, compacted nowhere, and with one
  // Task that calls little. Takes such a one from what this carrier has; false where that has none.
  bool isUsual(const std::string& name, Parked parked, std::size_t firstBodyBytes) const noexcept;
  bool takeCredit() noexcept;
  bool refillCredit(CarrierCredit& credit) noexcept;
  void countBack(const CreditCounts& counts) noexcept override;

  // A Thread with one Task, ready to be started.
  Ref<Thread> prepare(ThreadOptions options, std::unique_ptr<Body> body, Scope* scope,
                      Time deadline);
  // The same for one that takeCredit() has taken.
  Ref<Thread> prepareOnCredit(std::unique_ptr<Body> body, Scope* scope, Time deadline);
  Ref<Thread> start(ThreadOptions options, std::unique_ptr<Body> body);
  Ref<Thread> emptyThread(ThreadOptions options, Thread::Stays stays, Scope* scope,
                          std::size_t firstBodyBytes);
  // What it is charged for one until its end.
  std::size_t bytesOfThread(const std::string& name, Parked parked,
                            std::size_t firstBodyBytes) const noexcept;
  // Of Threads that share them; there from the first of these on.
  SharedStacks& sharedStacks();

  // Counts one more here and in all that it is in; where one is full nowhere, and that one is
  // returned.
  Troop* countUp(Count Troop::* count, std::size_t TroopOptions::* most) noexcept;
  // The same once more after what was counted ahead is back, where there was some.
  const Troop* countUpOrCollect(Count Troop::* count, std::size_t TroopOptions::* most) noexcept;
  // Counts more, in all or in none: false where not much would be left in one.
  bool countAhead(Count Troop::* count, std::size_t TroopOptions::* most,
                  std::size_t more) noexcept;
  // Fails when a limit is reached.
  Expected<void> admitThread();
  Expected<void> admitTask();
  Expected<void> admitHandle();
  void threadEnded() noexcept { countDown(&Troop::threads_, nullptr, 1); }
  void taskEnded() noexcept { countDown(&Troop::tasks_, nullptr, 1); }
  void handleEnded() noexcept { countDown(&Troop::handles_, nullptr, 1); }
  // From here to below `end`.
  void countDown(Count Troop::* count, const Troop* end, std::size_t fewer) noexcept;
  void chargeOwn(Duration cpu) noexcept;
  void killInner(const Error& cause) noexcept;
  // Charges its memory without an owner: freeCharged() and the ends of Threads give it back.
  void takeMemory(std::size_t bytes);
  // From its own heap, or from everybody's and charged.
  void* allocateCharged(std::size_t bytes);
  void freeCharged(void* memory, std::size_t bytes) noexcept;
  // Gives its heap back; when nothing of it can run any more.
  void endHeap() noexcept;

  Process& process_;
  const Ref<StackPool> stacks_;
  const TroopOptions options_;
  const Ref<Budget> memory_;
  const Ref<HeapSampler> sampler_;  // of its own heap, or null
  std::unique_ptr<Arena> arena_;    // null for a shared heap, and when it has ended
  std::once_flag heapEnded_;
  std::atomic<Duration::rep> cpuUsed_{0};  // nanoseconds
  Count handles_{0};
  std::once_flag sharesStacks_;
  std::unique_ptr<SharedStacks> sharedStacks_;

  std::mutex innerMutex_;
  CountedList<Troop, InnerTag> inner_;  // those that exist; protected by innerMutex_
};

// What starting something in a killed troop fails with.
Error killedError(const Error& cause);

inline Troop& Runnable::troop() const noexcept {
  return static_cast<Troop&>(*share_);
}

}  // namespace troop
