// Reports of deadlocks (runtime/deadlock/search.h) with what stands on the stack of every Task that
// is in one. By itself the runtime reads no program files, so a host that wants this says so.
//
// Threads: any. Limits: those of runtime/inspect/stack-reader.h. Fails: what cannot be told is left
// out.
//
//   inspect::tellStacksOfDeadlocks();      // once, for all Processes of the OS process
#pragma once

namespace [[gnu::visibility("hidden")]] troop {
namespace inspect {

void tellStacksOfDeadlocks() noexcept;

}  // namespace inspect
}  // namespace troop
