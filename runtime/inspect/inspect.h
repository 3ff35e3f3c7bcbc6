// What all Threads of a Process do at this moment: for reports of what hangs, live lists and
// dashboards.
//
// Nothing is stopped. Each Thread is looked at by itself, for some microseconds, so that what is
// said of one need not be true at the same time as what is said of another. A Thread that runs is
// asked again for `patience`; if it runs on, its OS thread is interrupted by a signal
// (runtime/stack/running-stack.h) and tells where it is.
//
// Ownership: an Inspection is a value and holds nothing of the Process. Threads: any OS thread, and
// Tasks. Limits: threadsMax of a troop, those that have existed for longest first; what is beyond
// is counted. Memory for what it tells is the caller's. Fails: std::bad_alloc. Misuse: from a
// signal handler; DumpOnSignal (runtime/inspect/dump-on-signal.h) is for that.
//
//   std::string report = inspect::textOf(inspect::inspect(process));  // runtime/inspect/text.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

namespace inspect {

enum class Stacks : unsigned char { none, all };

struct Options {
  Stacks stacks = Stacks::all;
  std::size_t threadsMax = 10'000;  // of each troop
  Duration patience = 20ms;         // for all that run
};

struct TaskReport {
  enum class State : unsigned char { begins, ready, waits, runs };

  unsigned id = 0;
  State state = State::begins;
  std::string waitsFor;            // of one that waits
  bool isCoroutine = false;        // has no stack
  std::vector<std::string> calls;  // on its stack, innermost first
};

struct ThreadReport {
  enum class State : unsigned char {
    waits,   // all its Tasks do
    ready,   // for a carrier
    runs,    // of its Tasks only the one is known that runs
    unseen,  // it was neither at rest nor told where it is
  };

  std::string name;
  State state = State::unseen;
  std::uint64_t slices = 0;
  std::uint64_t migrations = 0;
  std::vector<TaskReport> tasks;
};

struct TroopReport {
  std::string name;
  std::vector<std::string> groups;  // that it is in, outermost first
  bool killed = false;
  Duration cpuUsed{};
  std::size_t memoryBytes = 0;
  std::size_t memoryBytesPeak = 0;
  std::size_t threadsAlive = 0;  // with those of troops inside, as the next
  std::size_t tasksAlive = 0;
  std::size_t active = 0;     // Threads and guests that run or wait for a carrier
  std::size_t handles = 0;    // that are open outside: sockets, files, programs
  std::size_t beginning = 0;  // Threads whose first slice has not ended, which are not listed
  std::size_t beyondMax = 0;  // more than `threadsMax`
  std::size_t guests = 0;     // that are not Threads
  std::vector<ThreadReport> threads;
};

struct Inspection {
  std::vector<TroopReport> troops;
};

Inspection inspect(Process& process, Options options = {});

}  // namespace inspect
}  // namespace troop
