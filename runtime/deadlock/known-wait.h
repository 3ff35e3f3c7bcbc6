// A wait that only somebody who is known can end: who has a mutex or is inside a Monitor, or all
// Tasks of a Thread that is joined. While it exists the search for deadlocks (search.h) sees it.
//
// Who waits for a Scope's end is found without being told, by those in the Scope that wait. A wait
// that ends by itself, at a deadline of its own or an inherited one, is none of these, nor is one
// that anybody may end, as for a channel or an Event.
//
// Ownership: a local of who waits, around the wait. Threads: its own. Limits: without memory for
// it, and in Threads whose stacks do not stay (Parked), the wait is not seen. Fails: where it has
// closed a circle, and may be refused, its wait ends as if cancelled, and broken() says so.
//
//   const KnownWait known(waiter, {.text = "a mutex", .object = this, .holderOf = &holderOf},
//                         never, Interruption::deferred, Refused::byException);
//   const WaitResult waited = list_.wait(lock, never, Interruption::deferred, "a mutex");
//   if (const Error* deadlock = known.broken()) throw *deadlock;
#pragma once

#include <atomic>
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
  const char* text = "";  // as Waiter::what(): of the program, it stays
  // What `holderOf` tells who has it; that is null where nobody has. Called at any time until the
  // wait has ended, by others: it waits for nothing.
  const void* object = nullptr;
  const Waiter* (*holderOf)(const void* object) noexcept = nullptr;
  // That all its Tasks end.
  const Thread* thread = nullptr;
};

// How who waits can be told that it has closed a circle.
enum class Refused : unsigned char {
  never,
  // Only in Tasks whose Process says that they may be told so (LocksInDeadlock), and only where
  // they may throw at that moment: others would end the program.
  byException,
  byResult,
};

// Whether a wait may be ended because it has closed a circle.
enum class MayBreak : unsigned char { yes, no };

// What others see of a KnownWait.
struct KnownWaitRecord : ListHook<struct KnownWaitTag> {
  Waiter* waiter = nullptr;
  Task* task = nullptr;  // null for an OS thread
  WaitedFor what;
  std::uint64_t order = 0;  // among all that there have been
  Time since{};
  MayBreak mayBreak = MayBreak::no;
  // Protected by the lock of the list that it is in.
  bool wasReported = false;
  std::uint32_t visit = 0;  // the last that came to it
  std::optional<Error> broken;
};

// Those of the Tasks of a Process, or of the OS threads of the host.
class KnownWaits {
 public:
  void add(KnownWaitRecord& record) noexcept;
  void remove(KnownWaitRecord& record) noexcept;
  // Of a wait that has ended.
  const Error* broken(const KnownWaitRecord& record) noexcept;

  // How many have ever begun.
  std::uint64_t begun() const noexcept { return begun_.load(); }
  bool empty() const noexcept { return listed_.load() == 0; }

  // Calls visit(record) for each that is there all the time; what that reads of its waiter and its
  // Task stays meanwhile, and it may end the wait. It is short, and allocates nothing: `prepare` is
  // called without any lock before every `togetherMax` of them.
  static constexpr std::size_t togetherMax = 32;
  template <typename Prepare, typename Visit>
  void forEach(Prepare prepare, Visit visit);
  template <typename Visit>
  void forEach(Visit visit) {
    forEach([] {}, visit);
  }

  // An OS thread belongs to no Process, and may wait for Tasks of several.
  static KnownWaits& ofOsThreads() noexcept;

 private:
  // So many that who begins a wait hardly meets another one who does.
  static constexpr std::size_t shardsCount = 16;
  struct alignas(64) Shard {
    ShortLock mutex;
    List<KnownWaitRecord, KnownWaitTag> records;  // protected by mutex
  };
  Shard& shardOf(const KnownWaitRecord& record) noexcept;

  Shard shards_[shardsCount];
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::size_t> listed_{0};
  std::mutex visiting_;       // one visits at a time
  std::uint32_t visits_ = 0;  // protected by visiting_
};

class KnownWait {
 public:
  // `deadline` is that of the wait; one that will pass makes it none of those that are seen.
  KnownWait(Waiter& waiter, WaitedFor what, Time deadline, Interruption interruption,
            Refused refused) noexcept;
  ~KnownWait();
  KnownWait(const KnownWait&) = delete;
  KnownWait& operator=(const KnownWait&) = delete;

  // After the wait: why it was ended, or null.
  const Error* broken() const noexcept {
    return record_ != nullptr ? waits_->broken(*record_) : nullptr;
  }

 private:
  std::unique_ptr<KnownWaitRecord> record_;  // null where it is not seen
  KnownWaits* waits_ = nullptr;
};

template <typename Prepare, typename Visit>
void KnownWaits::forEach(Prepare prepare, Visit visit) {
  std::lock_guard only(visiting_);
  const std::uint32_t mine = ++visits_;
  for (Shard& shard : shards_) {
    for (bool more = true; more;) {
      prepare();
      std::lock_guard lock(shard.mutex);
      // Who was visited goes behind those that were not.
      for (std::size_t count = 0; more && count < togetherMax; ++count) {
        KnownWaitRecord* const record = shard.records.front();
        more = record != nullptr && record->visit != mine;
        if (!more) break;
        shard.records.remove(*record);
        shard.records.pushBack(*record);
        record->visit = mine;
        visit(*record);
      }
    }
  }
}

}  // namespace deadlock
}  // namespace troop
