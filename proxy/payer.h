// Who pays for a message that trusted code sends: the troop whose Task sends it.
//
// Threads: any.
//
//   Expected<Message> params = builder.finish(callerBudget());
#pragma once

#include "runtime/budget.h"
#include "runtime/ref.h"

namespace troop::proxy {

// The budget of the calling Task's troop; null outside of Tasks, where nobody pays.
Ref<Budget> callerBudget();

}  // namespace troop::proxy
