// All that code needs which was written for the standard library's threads: one changes the
// namespace, `std::mutex` into `troop::sync::mutex`, and all that works on any lock is here by its
// name.
//
// Ownership: as the standard's, and as each header says. Threads: Tasks of any Thread and troop,
// and OS threads of the host. Limits: those of each. Fails: as each says; what the standard's locks
// refuse, as locking twice by one of them, still throws std::system_error. Misuse: mutexes and
// waits of the standard's own left among these: they block a carrier, with all Tasks that it would
// run; coroutines, where what would have to wait throws.
//
//   namespace lib = troop::sync;      // was: = std
//   lib::mutex mutex;
//   const lib::scoped_lock lock(mutex);
#pragma once

#include <mutex>
#include <shared_mutex>

#include "runtime/sync/call-once.h"
#include "runtime/sync/condition-variable.h"
#include "runtime/sync/latch.h"
#include "runtime/sync/mutex.h"
#include "runtime/sync/semaphore.h"
#include "runtime/sync/shared-mutex.h"
#include "runtime/sync/stop-token.h"
#include "runtime/sync/thread.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

using std::adopt_lock;
using std::adopt_lock_t;
using std::defer_lock;
using std::defer_lock_t;
using std::lock;
using std::lock_guard;
using std::scoped_lock;
using std::shared_lock;
using std::try_lock;
using std::try_to_lock;
using std::try_to_lock_t;
using std::unique_lock;

}  // namespace sync
}  // namespace troop
