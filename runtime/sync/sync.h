// All that code needs which was written for the standard library's threads: one changes the
// namespace, `std::mutex` into `troop::sync::mutex`, and all that works on any lock is here by its
// name.
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
