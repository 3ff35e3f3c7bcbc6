// Who calls, where it is told apart from others: a Task, or an OS thread, be it one of the host or
// a carrier that runs code of no Task, such as what Process::at() calls.
//
// Threads: any. Limits: an identity is that of a later Task or OS thread once this one has ended.
//
//   if (caller_ == callerIdentity()) return;
#pragma once

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

const void* callerIdentity() noexcept;

// Whether it can wait in a plain call: no coroutine, and no carrier outside of Tasks.
bool callerMayPark() noexcept;

}  // namespace sync
}  // namespace troop
