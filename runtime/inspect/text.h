// An Inspection as text for people: a paragraph for each troop, and in it Threads that do the same
// together.
//
//   troop 'search' in 'tenant': 3 Threads, 3 Tasks, CPU 12 ms, memory 1.2 MiB (at most 3 MiB)
//     2 Threads wait: 'reader 1', 'reader 2'
//       Task 0 waits for a channel to receive
//         read(troop::Receiver<troop::Text>) at reader.cc:12
//
// Fails: std::bad_alloc.
#pragma once

#include <string>

#include "runtime/inspect/inspect.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace inspect {

std::string textOf(const Inspection& inspection);

}  // namespace inspect
}  // namespace troop
