// Who asks for something that the runtime keeps for it pays for it: a queue, the place where a
// value will arrive, a block that is shared.
//
// Threads: any; in code of no Task nobody pays. Fails: throws Error (overloaded, memory) in who
// asks, beyond what is left to its troop.
//
//   const Charge charge_ = chargeCaller(sizeof(Queue) + capacity * sizeof(T));
#pragma once

#include <cstddef>

#include "runtime/budget.h"

namespace [[gnu::visibility("hidden")]] troop {

// Of the memory of the calling Task's troop, until the Charge is destroyed.
Charge chargeCaller(std::size_t bytes);

}  // namespace troop
