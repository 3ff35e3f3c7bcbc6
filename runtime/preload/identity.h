// Who the calling thread is to the program: each pthread has an Identity among its thread-local
// data, which is all the C library knows of it, whatever OS thread runs it.
//
// A pthread that runs in a Task is a coroutine of that Task: the program's code runs on the stack
// and with the thread-local data that pthread_create() made for it; where it has to wait, the Task
// goes on on its own stack, with the thread-local data of the carrier, and waits.
//
//   OS thread   thread-local data of carrier 3   | of pthread A       | of carrier 3 ...
//   Task        its own stack: waits for A  ---> | A's stack: runs -> | waits as the runtime does
//
// Ownership: the thread-local data of its pthread. Threads: its own, but for `left`, `parkedAt`,
// and `interrupts`, which any touches. Limits: glibc 2.34 and later.
//
//   if (self().mode == Identity::Mode::task) onTask(park, &parking);
#pragma once

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

struct Bucket;

struct Identity {
  enum class Mode : unsigned char {
    osThread,  // an OS thread of the program: main's, one that fell back, one that is ending
    task,      // a pthread that runs in a Task
    runtime,   // an OS thread of the runtime, or one that runs code of it at this moment
  };
  enum Interrupt : std::uint32_t { cancelled = 1, signalled = 2 };

  Mode mode = Mode::osThread;
  bool counted = false;  // among the pthreads that the program has
  // By which it owns locks, and is known to the program, also when it ends on an OS thread, which
  // has another number; 0: by that.
  pid_t number = 0;
  robust_list_head* robustLocks = nullptr;  // its own list of those, of the C library

  // What pthread_setcanceltype() was told last, of one in a Task.
  int cancelType = PTHREAD_CANCEL_DEFERRED;

  // Where each of the two was left, and its thread-local data.
  void* programStack = nullptr;
  void* taskStack = nullptr;
  std::uintptr_t programBase = 0;
  std::uintptr_t carrierBase = 0;

  // What the Task is to do on its own stack; null: to leave the pthread to an OS thread.
  void (*request)(void* argument) = nullptr;
  void* argument = nullptr;

  // What pthread_setname_np() has called it, of whom any may ask; empty: nothing yet.
  std::array<std::atomic<char>, 16> name{};

  // What it believes to have blocked; carriers block everything (signals.cc).
  sigset_t mask{};

  std::atomic<std::uint32_t> left{0};        // it will not run in a Task any more
  std::atomic<Bucket*> parkedAt{nullptr};    // where it waits, or waited last
  std::atomic<std::uint32_t> interrupts{0};  // what its waits are to be ended for
  std::atomic<std::uint64_t> signals{0};     // sent to it by pthread_kill()
  std::atomic<std::uint32_t> never{0};       // what it waits for that only sleeps
};

// Of the calling thread.
Identity& self() noexcept;

// Of another one, as long as its pthread_t means anything.
Identity& identityOf(pthread_t thread) noexcept;

inline bool inTask() noexcept {
  return self().mode == Identity::Mode::task;
}
inline bool inTask(pthread_t thread) noexcept {
  return identityOf(thread).mode == Identity::Mode::task;
}

// Has the caller's Task call request(argument) on its own stack. Only in a Task. What it calls
// throws nothing, and touches no thread-local data of the program.
void onTask(void (*request)(void* argument), void* argument) noexcept;

// The number by which the C library knows a pthread: what it has in those mutexes as their owner
// that are left to it.
pid_t& tidOf(pthread_t thread) noexcept;
inline pid_t ownTid() noexcept {
  return tidOf(pthread_self());
}
inline pid_t ownNumber() noexcept {
  return self().number != 0 ? self().number : ownTid();
}

// Where the C library keeps that a pthread is to be cancelled (`cancelhandling` of its descr.h):
// whether it has that disabled, has been told, and is about to end.
struct Cancellation {
  static constexpr std::uint32_t disabled = 1;
  static constexpr std::uint32_t told = 4 | 8;
  static constexpr std::uint32_t ending = 16 | 32;
};
std::atomic<std::uint32_t>& cancellationOf(pthread_t thread) noexcept;

// Whether the C library is one whose insides are known that far.
bool insidesAreKnown() noexcept;

// While it exists, the caller, an OS thread, runs code of the runtime, and no signal comes in
// between: a handler may do what the runtime is in the middle of.
class InRuntime {
 public:
  InRuntime() noexcept;
  ~InRuntime();
  InRuntime(const InRuntime&) = delete;
  InRuntime& operator=(const InRuntime&) = delete;

  // What was blocked before.
  const sigset_t& mask() const noexcept { return mask_; }

 private:
  sigset_t mask_;
  Identity::Mode before_;
};

}  // namespace preload
}  // namespace troop
