// Which Reactor a Process has: made at the first use, by what its options ask for and the kernel
// allows. With TROOP_IO=polling in the environment every Process gets what it would get by its
// options' Io::polling.
//
// Threads: any. Fails: throws Error (overloaded) where there is no descriptor or no carrier for it,
// and Error (failed) where a simulated scheduler has none; that of a simulated run is its own.
//
//   Reactor& reactor = reactorOf(process);
#pragma once

#include "runtime/reactor/reactor.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;

Reactor& reactorOf(Process& process);

}  // namespace troop
