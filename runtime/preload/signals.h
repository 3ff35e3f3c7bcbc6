// Signals and pthreads that run in Tasks: carriers block all but those that tell of a fault, so
// that no handler comes in between what the runtime does; those of the OS process go to main's OS
// thread. What pthread_kill() sends to one in a Task is kept until it waits, or has blocked it no
// more, and its handler is called then.
//
// Threads: any. Limits: a pthread that computes gets it at its next wait; masks of single pthreads
// matter for what is sent to those only.
//
//   const OwnMask here;    // what the caller believes to have blocked, for who inherits it
#pragma once

#include "runtime/preload/identity.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace preload {

// Calls the handlers of what was sent to the caller, which runs in a Task, and what it does not
// block. Whether a call that waits is to tell of it.
bool deliverSignals();

// While it exists, the caller's OS thread blocks what the caller believes to have blocked, as a
// program that it starts then inherits.
class OwnMask {
 public:
  OwnMask() noexcept;
  ~OwnMask();
  OwnMask(const OwnMask&) = delete;
  OwnMask& operator=(const OwnMask&) = delete;

 private:
  sigset_t before_{};
  const bool changed_;
};

// Whether the caller is a child that vfork() has made of a pthread in a Task, and that looks like
// it: the same memory, another OS process.
bool inChildOfTask() noexcept;

// That the caller's OS process is the program's own.
void rememberProcess() noexcept;

}  // namespace preload
}  // namespace troop
