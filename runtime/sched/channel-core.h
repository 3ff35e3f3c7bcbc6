// The side of a Channel that is the same for all types: who waits, and what is promised to whom.
//
// The only Receiver there has ever been, and which only receives, takes all values that are there
// at once, and gets on with this batch without the lock; what it has not received still has its
// places.
//
//   1. values_ + batched_ + promisedPlaces_ <= capacity_, and promisedValues_ <= values_
//   2. whoever is woken while both sides live was promised a place or a value, which nobody who
//      comes later can take, and takes it when it runs, whatever else has happened to it meanwhile
//   3. who receives from the batch counts in received_, then reads sendersWait_; who is about to
//      wait for a place sets sendersWait_, then reads received_: one of them sees the other
//
// Ownership: the Channel's base. Threads: any; what is protected says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

#include "runtime/base/short-lock.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

namespace async {
struct ChannelAccess;
}

class ChannelCore : public RefCounted {
 public:
  // What came of looking: nothing is there, something was promised, or the other side is gone.
  enum class Found : unsigned char { nothing, promise, closed };

 protected:
  // How a wait says that it was cancelled, or that an inherited deadline has passed.
  enum class Telling : unsigned char { byException, byResult };

  // `paid` for its room.
  ChannelCore(std::size_t capacity, Charge paid);

  // The caller, who may wait now.
  static Waiter& enter(Telling telling);

  // Whether it is the caller's turn, or why not: the other side is gone, its wait ended otherwise,
  // or it would have to wait.
  enum class Turn : unsigned char { own, closed, timedOut, cancelled, unavailable };

  // Take a place, or a value; `lock` is held on mutex_, but not while they wait. placeUsed() or
  // valueTaken() follows on `own`, or placeUnused() or valueUntaken().
  Turn takePlace(Waiter& waiter, std::unique_lock<ShortLock>& lock, Time deadline,
                 Telling telling) {
    if (receivers_ == 0) return Turn::closed;
    return findPlace() ? Turn::own : awaitPlace(waiter, lock, deadline, telling);
  }
  Turn takeValue(Waiter& waiter, std::unique_lock<ShortLock>& lock, Time deadline,
                 Telling telling) {
    return valueFree() ? Turn::own : awaitValue(waiter, lock, deadline, telling);
  }
  // The same without waiting.
  Turn tryTakePlace() noexcept;
  Turn tryTakeValue() noexcept;
  // Why there is no place, or no value.
  Error placeError(Turn turn) const;
  static Error valueError(Turn turn);
  // The same in two steps. Whoever was woken has found nothing, and was promised something then or
  // is told that the channel is closed.
  Found promisePlace() noexcept;
  Found promiseValue() noexcept;
  Turn redeemPlace(Found found) noexcept;
  Turn redeemValue(Found found) noexcept;

  void placeUsed() noexcept {
    ++values_;
    if (!receiving_.empty()) promiseValues();
  }
  void placeUnused() noexcept { promisePlaces(); }
  void valueTaken() noexcept {
    --values_;
    if (!sending_.empty()) promisePlaces();
  }
  void valueUntaken() noexcept { promiseValues(); }

  void addSender() noexcept;
  void dropSender() noexcept;
  void addReceiver() noexcept;
  // True for the last one, which destroys the values.
  bool dropReceiver() noexcept;

  // Whether who has just taken a value takes all others as a batch.
  bool takesBatch() noexcept { return values_ != 0 && hasBatches_ && batchAll(); }
  void receivedOne() noexcept;  // of the batch, without the lock
  bool hasBatches() const noexcept { return hasBatches_; }

 private:
  // What the only Receiver uses without the lock, away from what the others write.
  bool hasBatches_ = true;                // written by the only Receiver's owner
  std::atomic<bool> sendersWait_{false};  // for places; written under mutex_
  std::atomic<std::size_t> received_{0};  // from batches; written by the only Receiver

 protected:
  alignas(64) ShortLock mutex_;

 private:
  friend struct async::ChannelAccess;

  Turn awaitPlace(Waiter& waiter, std::unique_lock<ShortLock>& lock, Time deadline,
                  Telling telling);
  Turn awaitValue(Waiter& waiter, std::unique_lock<ShortLock>& lock, Time deadline,
                  Telling telling);
  static Error error(Turn turn, const char* otherSide);
  static Turn concluded(Waiter& waiter, WaitResult waited, Time deadline, Telling telling);
  void promisePlaces() noexcept;
  void promiseValues() noexcept;
  bool placeFree() noexcept;
  // The same for who will wait if there is none.
  bool findPlace() noexcept;
  bool batchAll() noexcept;
  void settleBatch() noexcept;  // counts what was received from the batch
  // What is left of the batch is as if it were in the queue; for ever.
  void endBatches() noexcept;
  bool valueFree() const noexcept { return values_ > promisedValues_; }

  const std::size_t capacity_;
  const Charge charge_;
  // Protected by mutex_.
  std::size_t values_ = 0;   // in the queue
  std::size_t batched_ = 0;  // of the batch, those that settleBatch() has not counted
  std::size_t settled_ = 0;  // of received_
  std::size_t promisedPlaces_ = 0;
  std::size_t promisedValues_ = 0;
  std::size_t senders_ = 1;
  std::size_t receivers_ = 1;
  WaitList sending_;
  WaitList receiving_;
};

}  // namespace troop
