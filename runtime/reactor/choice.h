// Which Reactor a Process has: made at the first use, by what the kernel allows.
//
// Threads: any. Fails: throws Error (overloaded) where there is no descriptor or no carrier for it,
// and Error (failed) where a simulated scheduler has none; that of a simulated run is its own.
//
//   Reactor& reactor = reactorOf(process.root().scheduler());
#pragma once

#include "runtime/reactor/reactor.h"

namespace [[gnu::visibility("hidden")]] troop {

class Scheduler;

Reactor& reactorOf(Scheduler& scheduler);

}  // namespace troop
