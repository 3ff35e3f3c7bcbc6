// What a host is told of a carrier that does not get on: who holds it up, and for how long so far.
//
// Ownership: a copy that refers to nothing. Threads: ProcessOptions::onStall is called on an OS
// thread of the Process that runs no Tasks, one call at a time. Limits: one report for each slice
// that lasts. Fails: never. Misuse: to wait for what stalls in there.
//
//   Process process{{.onStall = [](const Stall& stall) { log(stall.describe()); }}};
#pragma once

#include <string>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

struct Stall {
  std::string troop;      // these three are empty, and 0, where the OS thread did not tell in time
  std::string thread;     // empty for guests, and for Threads without a name
  unsigned task = 0;      // its number in its Thread; 0 for guests
  Duration lasted{0};     // of the slice, when it was noticed
  bool replaced = false;  // whether another OS thread stands in
  std::string stack;      // where it is, a line for each frame; empty where that cannot be told

  // One line, and the stack below it.
  std::string describe() const;
};

}  // namespace troop
