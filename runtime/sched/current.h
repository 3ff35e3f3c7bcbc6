// What the calling OS thread is running: set by carriers, read by everything that asks "who am I".
//
// Threads: each OS thread has its own. A Task may go on in another OS thread after any wait, so the
// pointer is asked for again after each one and never kept.
//
//   if (Current* here = current(); here != nullptr && here->task != nullptr) park();
#pragma once

#include <optional>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

struct CarrierCredit;
class Process;
class Runnable;
class Scheduler;
class Share;
class Task;
class Thread;
class TraceRecorder;
class Waiter;

// Who goes on in a slice; null: nobody.
struct Successor {
  Runnable* runnable = nullptr;
  bool isActive = false;  // counts as that already
};

struct Current {
  Scheduler* scheduler = nullptr;
  Process* process = nullptr;
  unsigned carrier = 0;             // spares have numbers behind those of all carriers
  Time sliceBegan{};                // of the slice that runs
  Share* share = nullptr;           // whose Runnable it is
  CarrierCredit* credit = nullptr;  // what the carrier has of that in advance
  Share* place = nullptr;           // whose turn it takes
  bool handsOver = false;           // whether those that it wakes may have the rest of its slice
  bool sliceIsOver = false;         // as what runs has found already
  Runnable* runnable = nullptr;     // whose slice runs, or has just ended and is settled; else null
  // Who goes on in this slice, where a Task that left has asked already.
  std::optional<Successor> successor;
  TraceRecorder* recorder = nullptr;  // of what happens in this slice; null mostly
  Thread* thread = nullptr;           // whose slice runs
  Task* task = nullptr;               // which runs; null in code of the carrier itself
  Waiter* waiter = nullptr;           // the same Task, for what waits
  Duration cpuOnLoans{};              // of this slice, as far as others were charged for it already
  Duration blocked{};                 // of this slice, while another OS thread stood in
  Time loanSince{};                   // while a Task runs on a Loan: since it does
};

// Null on OS threads that are no carriers.
Current* current() noexcept;

void setCurrent(Current* context) noexcept;

}  // namespace troop
