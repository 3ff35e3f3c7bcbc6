// Has an OS thread that runs tell what stands on the stack it runs on now: it is interrupted by a
// signal and copies that itself, for nobody else can look without it changing.
//
// The signal is SIGRTMIN + 5, sent to that OS thread alone; a handler of somebody else for it is
// called for all signals of that number that were not sent from here. What the OS thread does is
// interrupted as by any signal: a call of the kernel that does not go on by itself, as a sleep,
// fails with EINTR.
//
// Copied is what stands on a stack that is known: that of the Task that runs, or of the OS thread.
// Between two Tasks, and on stacks of somebody else, it tells its registers only.
//
// Ownership: an Interruptible is made and destroyed by the OS thread that it stands for; copying
// takes a pointer to room of the caller's. Threads: copyRunning() from any OS thread, one at a time
// in an OS process. Limits: `patience` is for all that are asked: each may take half of what the
// others have left, so that some that do not answer keep none that does from being told of. What
// does not answer in that time is left out, and may end meanwhile, unless it is asked just then; it
// answers late, into nothing. Under ThreadSanitizer, which puts signals off, that is common.
//
//   const Interruptible here;             // by a carrier
//   for (const RunningStack& stack : copyRunning(100ms)) ...
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/list.h"
#include "runtime/stack/stack-switch.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// What an OS thread says of itself in the signal handler: what it runs, by addresses that only mean
// something to who compares them.
struct RunningIdentity {
  const void* owner = nullptr;  // null: nothing is said
  const void* troop = nullptr;
  const void* thread = nullptr;
  std::array<char, 64> name{};  // of the Thread, ended by 0, as much as there is room for
  std::array<char, 64> troopName{};
  unsigned task = 0;
  const std::byte* stackTop = nullptr;  // of the stack that is used there; null: it is not known
};

struct RunningStack {
  pid_t osThread = 0;
  RunningIdentity identity;
  StackRegisters registers;
  std::uintptr_t from = 0;
  std::vector<std::uint64_t> words;
};

class Interruptible : public ListHook<struct InterruptibleTag> {
 public:
  // Called in the signal handler with an address of the stack that is used there: allocates nothing
  // and takes no lock.
  using Identify = RunningIdentity (*)(const void* stack) noexcept;

  Interruptible() noexcept;
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  // How all of them identify what they run; before that they say nothing.
  static void identifyBy(Identify identify) noexcept;

  static int signalNumber() noexcept;

  static constexpr std::size_t bytesMax = std::size_t{256} << 10;  // copied of a stack

 private:
  friend class RunningStackSignal;

  const pthread_t osThread_;
  const pid_t id_;
  const std::span<const std::byte> stack_;  // of the OS thread; empty: it cannot be told
};

// Of all that there are; none where the kernel lets no handler be installed. Fails: std::bad_alloc.
std::vector<RunningStack> copyRunning(Duration patience);

// Of one; `osThread` is its number for the kernel. Empty `words` where there is none such, or it
// does not answer.
RunningStack copyRunning(pid_t osThread, Duration patience);

}  // namespace troop
