// A mutex that many share to read and one has to write, with the shape of the standard library's.
//
// Who writes and who read take turns: who comes to read while somebody waits to write waits behind
// that one, and goes in with all others that have come to read by then; so nobody waits for ever.
//
// Ownership: as runtime/sync/mutex.h, and so is cancellation. Threads: Tasks of any Thread and
// troop, and OS threads of the host; unlock() by who has it to write. Limits: 2^32 - 1 read at
// once. Fails: lock() and lock_shared() throw Error (failed, deadlock) in who has it to write, and
// Error (failed) in coroutines. Misuse: taking it to write while one has it to read, or to read
// twice, which may wait for ever and is not found: who reads is not remembered.
//
//   troop::sync::shared_mutex mutex;
//   std::shared_lock reads(mutex);
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "runtime/base/short-lock.h"
#include "runtime/sched/waiter.h"
#include "runtime/sync/waiting.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

// NOLINTBEGIN(readability-identifier-naming): the standard's names

class shared_mutex {
 public:
  constexpr shared_mutex() = default;
  shared_mutex(const shared_mutex&) = delete;
  shared_mutex& operator=(const shared_mutex&) = delete;

  void lock();
  bool try_lock() noexcept;
  void unlock() noexcept;

  void lock_shared();
  bool try_lock_shared() noexcept;
  void unlock_shared() noexcept;

 protected:
  bool lockBy(Time deadline);
  bool lockSharedBy(Time deadline);

 private:
  enum class As : unsigned char { writer, reader };

  // With mutex_ held.
  bool mayWrite() const noexcept { return writer_ == nullptr && !promised_ && readers_ == 0; }
  bool mayRead() const noexcept { return writer_ == nullptr && !promised_ && waitToWrite_.empty(); }
  bool tryTake(As as, const Waiter& waiter) noexcept;
  WaitResult await(std::unique_lock<ShortLock>& lock, Waiter& waiter, As as, Time deadline,
                   Interruption interruption);
  // The place is free: who waits for it gets it.
  bool letWriterIn() noexcept;
  void letReadersIn() noexcept;

  static const Waiter* writerOf(const void* mutex) noexcept;

  void take(As as);
  bool takeBy(As as, Time deadline);

  ShortLock mutex_;                             // protects all below
  std::atomic<const Waiter*> writer_{nullptr};  // who has it to write
  bool promised_ = false;                       // to one that waited to write and was woken
  std::uint32_t readers_ = 0;  // who have it to read, and who waited for that and were woken
  WaitList waitToWrite_;
  WaitList waitToRead_;
};

class shared_timed_mutex : public shared_mutex {
 public:
  template <typename Rep, typename Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return lockBy(after(durationOf(duration)));
  }
  template <typename Clock, typename Length>
  bool try_lock_until(const std::chrono::time_point<Clock, Length>& when) {
    return lockBy(timeOf(when));
  }
  template <typename Rep, typename Period>
  bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration) {
    return lockSharedBy(after(durationOf(duration)));
  }
  template <typename Clock, typename Length>
  bool try_lock_shared_until(const std::chrono::time_point<Clock, Length>& when) {
    return lockSharedBy(timeOf(when));
  }
};

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
