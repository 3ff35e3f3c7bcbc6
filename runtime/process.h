// A Process owns what its troops share: the carriers, which are OS threads, the timers, the stacks
// of Tasks and the memory budget at the root. Several may exist in one OS process, one after
// another or at once. Carriers start when there is something for them to run: a Process in which
// nothing is ever started has no OS thread.
//
// Ownership: a local variable or member of the host; its end kills what still lives, waits until
// all has unwound, and leaves nothing behind. Threads: any; its destructor runs in an OS thread
// that is not one of its own. Limits: carriers, memory. Fails: Error (failed) for options out of
// range; starting the first thing throws Error (overloaded) where the kernel refuses an OS thread.
// Misuse: a Ref<Troop> kept longer may only be released; a Runnable of the host that does not come
// to an end after Runnable::troopKilled() makes the destructor wait for ever.
//
//   Process process{{.carriers = 4}};
//   int answer = process.run([] { Scope scope; ...; return 42; });
//   Ref<Troop> guest = process.troop({.name = "guest", .memoryBytesMax = 32_MiB});
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/base/body.h"
#include "runtime/base/list.h"
#include "runtime/blocking/stall.h"
#include "runtime/budget.h"
#include "runtime/carrier-statistics.h"
#include "runtime/ref.h"
#include "runtime/sched/timers.h"
#include "runtime/time.h"
#include "runtime/troop.h"

namespace [[gnu::visibility("hidden")]] troop {

class Compactor;
class Scheduler;
class StackPool;
class Task;
class Thread;
namespace deadlock {
class Watch;
}

namespace sim {
class DrivenProcess;
}

struct ProcessOptions {
  // 0: one for each CPU that the calling OS thread may use, by its affinity mask and by the CPU
  // quotas of the control groups of the OS process, rounded up. A Process that runs something looks
  // again each second: when a quota has changed, or the mask of all OS threads, of the main one and
  // of carriers, the number changes with it. A host that forbids itself to read files says one.
  unsigned carriers = 0;
  // What resize() may ask for, `carriers` to 1024; each costs a troop some hundred bytes, and one
  // kilobyte more that starts Threads which share stacks. 0: as many as the machine has CPUs, or
  // `carriers` where that is more.
  unsigned carriersMax = 0;
  std::size_t memoryBytesMax = unlimited;
  std::size_t stackBytes = 0;  // usable by each Task, whole pages; 0: 64 KiB
  // How stacks are guarded: as the kernel can best, or as those before Linux 6.13 can.
  enum class Guards : unsigned char { best, protectedPages };
  Guards guards = Guards::best;
  // What Tasks get where the kernel guards no more stacks, which before Linux 6.13 it does for some
  // 30,000.
  enum class BeyondGuards : unsigned char { nothing, unguardedStacks };
  BeyondGuards beyondGuards = BeyondGuards::nothing;
  // OS threads beside those of the carriers, which stand in for carriers that are stuck: in
  // runtime/blocking/blocking.h, asleep in the kernel, or in one slice for `stuckAfter`, while
  // others wait. They start when they are needed, with one that watches, and end when they are not.
  // 0: who blocks a carrier delays others. At most 10,000.
  unsigned sparesMax = 128;
  Duration stuckAfter = 10ms;  // at least 1 ms
  // Told once of each slice that has lasted for `stuckAfter` and did not say that it blocks, on an
  // OS thread that does nothing else: carriers are watched meanwhile, but while one is told of,
  // others wait to be. It throws nothing, and may be called until the Process has ended.
  // CarrierStatistics counts them in any case. Null: nobody is told, since what is asked where it
  // is has its sleeps in the kernel cut short.
  std::function<void(const Stall& stall)> onStall;
  // How its Tasks reach files and what else is outside (runtime/io): as the kernel can best, or as
  // every kernel can. Where the kernel refuses the best, they do as well as every kernel can;
  // ioMechanism() of runtime/io/mechanism.h says which.
  enum class Io : unsigned char { best, polling };
  Io io = Io::best;
  // How long those Threads wait at least that are compacted (runtime/thread.h).
  Duration compactAfter = 200ms;
  // How long somebody waits for a mutex, a Monitor or the end of a Thread before deadlocks are
  // searched for and broken (runtime/deadlock/search.h). `forever`: they are not.
  Duration deadlocksAfter = 1s;
  // Who is told of each, on some carrier; it must be short and not wait. Null: it is written to
  // standard error. The report names Tasks of all troops: it is for the host.
  void (*onDeadlock)(const char* report) = nullptr;
  // What lock(), and enter() of a Monitor, do that have closed a circle, in Tasks of this Process:
  // they have no result to tell by. Destructors and noexcept functions lock, too, where an
  // exception ends the program, so they wait on unless the host says that its code may be told. Who
  // says MustNotThrow (runtime/task.h) is not told. Calls that have a result tell by it always.
  enum class LocksInDeadlock : unsigned char { waitOn, throwError };
  LocksInDeadlock locksInDeadlock = LocksInDeadlock::waitOn;
};

// What a Process has of everything that comes to an end by itself.
struct ProcessCounts {
  std::size_t runnables = 0;  // Threads and guests that were woken and have not ended
  std::size_t stacks = 0;     // in use by Tasks
  std::size_t timers = 0;     // deadlines of waits, and what at() will call
};

class Process {
 public:
  using Options = ProcessOptions;

  explicit Process(Options options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Throws Error (failed) for options out of range, and Error (overloaded, memory) for more
  // reserved memory than is left, with figures.
  Ref<Troop> troop(TroopOptions options);

  // The host's own troop, without limits.
  Troop& root() noexcept { return *root_; }

  Ref<Budget> memory() const noexcept { return memory_; }
  unsigned carriers() const noexcept;
  unsigned carriersMax() const noexcept;
  // As its options asked for.
  ProcessOptions::Io io() const noexcept { return io_; }

  // Sets how many carriers there are, while they run; nothing else changes that any more. 0: as
  // many as mask and quotas allow, at most carriersMax(), now and when these change. Returns at
  // once: a carrier that is too many ends after its slice, and the others run what it had queued.
  // Throws Error (failed) for more than carriersMax(). From Tasks, too.
  void resize(unsigned carriers);

  // Runs `function` as the first Task of a new Thread of the root troop and waits for that Thread,
  // whatever happens; returns what it returned or throws what it threw. From OS threads and Tasks;
  // throws Error (failed) in a coroutine, which cannot wait, and in a Thread that shares its stack.
  template <typename F>
  auto run(F function) {
    using Result = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<Result>) {
      runThread(makeBody([&function] { function(); }));
    } else {
      std::optional<Result> result;
      runThread(makeBody([&function, &result] { result.emplace(function()); }));
      return std::move(*result);
    }
  }

  // Calls `function` once at `when` on some carrier; it must be short, not wait and not throw.
  // Throws Error (overloaded) where the first carrier cannot be started.
  TimerId at(Time when, std::function<void()> function);
  // True: the function will not run. False: it has run or is running.
  bool cancelTimer(TimerId timer);

  // One for each carrier that there has been.
  std::vector<CarrierStatistics> statistics() const;
  // Each figure is right by itself.
  ProcessCounts counts() const;

  // How many Threads are compacted now.
  std::size_t compactedThreads() const noexcept;

  // Of the calling Task or carrier; null elsewhere.
  static Process* current() noexcept;

 private:
  friend class SimulatedProcess;
  friend class deadlock::Watch;
  friend class sim::DrivenProcess;
  friend class Thread;
  friend class Troop;

  Process(Ref<Scheduler> scheduler, Options options);

  // One inside `outer`; null: in no other.
  Ref<Troop> troopIn(Ref<Troop> outer, TroopOptions options);
  void runThread(std::unique_ptr<Body> body);
  static List<Task, struct AllTasksTag>& tasksOf(Thread& thread) noexcept;
  // Kills all troops and waits until everything in them has ended.
  void end() noexcept;

  const Ref<Scheduler> scheduler_;
  const Ref<Budget> memory_;
  const Ref<StackPool> stacks_;
  const std::unique_ptr<Compactor> compactor_;
  const std::unique_ptr<deadlock::Watch> deadlocks_;
  std::atomic<bool> ending_{false};
  Ref<Troop> root_;
  const ProcessOptions::Io io_;
};

}  // namespace troop
