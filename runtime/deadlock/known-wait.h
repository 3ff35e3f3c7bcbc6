// A wait that only somebody who is known can end: who has a mutex or is inside a Monitor, or all
// Tasks of a Thread that is joined. While it exists the search for deadlocks (search.h) sees it.
//
// Who waits for a Scope's end is found without being told, by those in the Scope that wait. A wait
// that ends by itself, at a deadline of its own or an inherited one, is none of these, nor is one
// that anybody may end, as for a channel or an Event.
//
// Ownership: a local of who waits, around the wait. Threads: its own. Limits: without memory for
// it, and in Threads whose stacks do not stay (Parked), the wait is not seen. Fails: where it has
// closed a circle its wait ends as if cancelled, and broken() says so.
//
//   const KnownWait known(waiter, {.text = "a mutex", .object = this, .holderOf = &holderOf},
//                         never, Interruption::deferred);
//   const WaitResult waited = list_.wait(lock, never, Interruption::deferred, "a mutex");
//   if (const Error* deadlock = known.broken()) throw *deadlock;
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/error.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Task;
class Thread;

namespace deadlock {

// What is waited for: one of both.
struct WaitedFor {
  const char* text = "";  // as Waiter::what()
  // What `holderOf` tells who has it; that is null where nobody has. Called at any time until the
  // wait has ended, by others: it waits for nothing.
  const void* object = nullptr;
  const Waiter* (*holderOf)(const void* object) noexcept = nullptr;
  // That all its Tasks end.
  const Thread* thread = nullptr;
};

// Whether a wait may be ended because it has closed a circle: not in who must not throw.
enum class MayBreak : unsigned char { yes, no };

// What others see of a KnownWait, in one of several lists, whose lock keeps it there.
struct KnownWaitRecord : ListHook<struct KnownWaitTag> {
  Waiter* waiter = nullptr;
  Task* task = nullptr;  // null for an OS thread
  WaitedFor what;
  std::uint64_t order = 0;  // among all that there have been
  Time since{};
  MayBreak mayBreak = MayBreak::no;
  bool wasReported = false;
  std::optional<Error> broken;
};

// All that exist in the OS process: Tasks of several Processes and OS threads of the host may wait
// for each other.
class KnownWaits {
 public:
  static void add(KnownWaitRecord& record) noexcept;
  static void remove(KnownWaitRecord& record) noexcept;
  // Of a wait that has ended.
  static const Error* broken(const KnownWaitRecord& record) noexcept;

  // The order of the one that was added last.
  static std::uint64_t lastOrder() noexcept;

  // Calls visit(record) for each; what that reads of its waiter and its Task stays meanwhile, and
  // it may end the wait.
  template <typename Visit>
  static void forEach(Visit visit) {
    for (Shard& shard : shards) {
      std::lock_guard lock(shard.mutex);
      KnownWaitRecord* record = shard.records.front();
      for (; record != nullptr; record = shard.records.after(*record)) visit(*record);
    }
  }

 private:
  // So many that who begins a wait hardly meets another one who does.
  static constexpr std::size_t shardsCount = 16;
  struct alignas(64) Shard {
    ShortLock mutex;
    List<KnownWaitRecord, KnownWaitTag> records;  // protected by mutex
  };
  static Shard& shardOf(const KnownWaitRecord& record) noexcept;

  static Shard shards[shardsCount];
};

class KnownWait {
 public:
  // `deadline` is that of the wait; one that will pass makes it none of those that are seen.
  KnownWait(Waiter& waiter, WaitedFor what, Time deadline, Interruption interruption,
            MayBreak mayBreak = MayBreak::yes) noexcept;
  ~KnownWait();
  KnownWait(const KnownWait&) = delete;
  KnownWait& operator=(const KnownWait&) = delete;

  // After the wait: why it was ended, or null.
  const Error* broken() const noexcept {
    return record_ != nullptr ? KnownWaits::broken(*record_) : nullptr;
  }

 private:
  std::unique_ptr<KnownWaitRecord> record_;  // null where it is not seen
};

}  // namespace deadlock
}  // namespace troop
