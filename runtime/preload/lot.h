// Where threads of the program wait for a word of memory to change, and are woken by whoever
// changes it: what the kernel's futex is to OS threads, for those that run in Tasks as well. Each
// mutex, condition or semaphore is a few words, and needs nothing else.
//
// A caller in a Task parks; an OS thread sleeps in the kernel. Who changes a word and then wakes
// looks for both: each counts itself before it looks at the word, and who wakes reads the counts
// after the change, all of it in one order (seq_cst), so that one of the two sees the other.
//
// Threads: any; waking also in signal handlers. Fails: never. Misuse: what nobody has counted
// himself for, because the other one waits by a bare system call, is not woken; that of
// system-call.cc is no bare one.
//
//   while (word.load() != 0) waitOn(word, word.load(), Deadline(), Interruptible::no);
#pragma once

#include <time.h>

#include <atomic>
#include <climits>
#include <cstdint>

#include "runtime/preload/identity.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

using Word = std::atomic<std::uint32_t>;
static_assert(sizeof(Word) == sizeof(std::uint32_t) && Word::is_always_lock_free);

// Of an object of the C library.
template <typename T>
Word& wordOf(T& member) noexcept {
  static_assert(sizeof(T) == sizeof(Word) && alignof(T) == alignof(Word));
  return reinterpret_cast<Word&>(member);
}

// A time on one of the kernel's clocks.
class Deadline {
 public:
  Deadline() = default;  // never
  Deadline(clockid_t clock, const timespec* at) noexcept : clock_(clock) {
    if (at != nullptr) at_ = *at;
    bounded_ = at != nullptr;
  }
  static Deadline after(const timespec& duration) noexcept;

  bool bounded() const noexcept { return bounded_; }
  clockid_t clock() const noexcept { return clock_; }
  const timespec& at() const noexcept { return at_; }
  // Nothing that has no such nanoseconds is a time.
  bool valid() const noexcept { return at_.tv_nsec >= 0 && at_.tv_nsec < 1'000'000'000; }
  // How far away it is; negative when it has passed.
  std::int64_t nanosecondsLeft() const noexcept;

 private:
  clockid_t clock_ = CLOCK_MONOTONIC;
  timespec at_{};
  bool bounded_ = false;
};

enum class Woken : unsigned char {
  byOther,      // or by nobody: the word is looked at again
  changed,      // it was another value already
  timedOut,     // the deadline has passed
  interrupted,  // by a signal, or the caller is to be cancelled: it sees to pthread_testcancel()
};

enum class Interruptible : unsigned char {
  no,
  bySignals,
  byCancellationToo,  // where the caller has that enabled
};

Woken waitOn(Word& word, std::uint32_t expected, const Deadline& deadline,
             Interruptible interruptible) noexcept(false);

// Returns how many it has woken. Does not touch the word, which may be gone.
int wake(const void* word, int count) noexcept;
inline void wakeAll(const void* word) noexcept {
  wake(word, INT_MAX);
}
// The same for what the program waits for, by code of the runtime.
int wakeByRuntime(const void* word, int count) noexcept;

// Ends the wait of the one that `identity` is in, for `interrupt`, or its next one.
void interrupt(Identity& identity, Identity::Interrupt interrupt) noexcept;

// In a child that fork() has made, in which nobody waits.
void forgetWaits() noexcept;

// Calls function() in the runtime: on the stack of the Task, or
// on an OS thread that is no carrier.
template <typename F>
void inRuntime(F function) noexcept {
  if (self().mode == Identity::Mode::task) {
    onTask([](void* argument) { (*static_cast<F*>(argument))(); }, &function);
  } else if (self().mode == Identity::Mode::runtime) {
    function();
  } else {
    const InRuntime here;
    function();
  }
}

}  // namespace preload
}  // namespace troop
