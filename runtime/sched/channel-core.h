// The side of a Channel that is the same for all types: who waits, and what is promised to whom.
//
// The only Receiver there has ever been, and which only receives, takes all values that are there
// at once, and gets on with this batch without the lock; what it has not received still has its
// places.
//
//   1. values_ + batched_ + promisedPlaces_ <= capacity_, and promisedValues_ <= values_; in the
//      ring what is left of the batch comes first, then the values_, and no other slot has a value
//   2. whoever is woken while both sides live was promised a place or a value, which nobody who
//      comes later can take, and takes it when it runs, whatever else has happened to it meanwhile
//   3. who receives from the batch counts in received_, then reads sendersWait_; who is about to
//      wait for a place sets sendersWait_, then reads received_: one of them sees the other
//   4. a slot is free for the next value once who emptied it has counted so, in received_ or under
//      the lock, and who fills it has read that
//
// In memory: what the only Receiver writes without the lock; what senders write; what is seldom
// written, and the ring. Each has cache lines of its own, so that neither side waits for lines that
// the other one writes, and a channel that a token passes once a lap has few of them to be fetched.
//
// Ownership: the Channel's base. Threads: any; what is protected says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

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
namespace deadlock {
struct ChannelKinds;
}

class ChannelCore : public RefCounted {
 public:
  // What came of looking: nothing is there, something was promised, or the other side is gone.
  enum class Found : unsigned char { nothing, promise, closed };

 protected:
  // How a wait says that it was cancelled, or that an inherited deadline has passed.
  enum class Telling : unsigned char { byException, byResult };

  // All of its memory: its object, in which the ring begins, and what follows it.
  struct Room {
    std::size_t bytes;
  };
  // Of a ring of `capacity` slots, the first of which counts in the object. Throws Error (failed)
  // where that is 0, and Error (overloaded, memory) where no address reaches so far.
  static Room roomFor(std::size_t capacity, std::size_t objectBytes, std::size_t slotBytes);
  // Throws Error (overloaded, memory).
  static void* operator new(std::size_t bytes, std::align_val_t alignment, Room room);
  static void operator delete(void* memory, std::align_val_t alignment, Room room) noexcept;
  static void operator delete(void* memory, std::align_val_t alignment) noexcept;

  // Of roomFor(), `paid` for that.
  ChannelCore(std::size_t capacity, Charge paid) noexcept;

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
  // Why there is no place, or no value. Not inlined, as Errors take room where they are made.
  [[gnu::noinline]] Expected<void> withoutPlace(Turn turn) const { return placeError(turn); }
  Error placeError(Turn turn) const;
  static Error valueError(Turn turn);
  // The same in two steps. Whoever was woken has found nothing, and was promised something then or
  // is told that the channel is closed.
  Found promisePlace() noexcept;
  Found promiseValue() noexcept;
  Turn redeemPlace(Found found) noexcept;
  Turn redeemValue(Found found) noexcept;

  // Where the next value is put, and where the first one is: who has a place, or a value, looks.
  std::uint32_t lastSlot() const noexcept { return last_; }
  std::uint32_t firstSlot() const noexcept { return first_; }

  void placeUsed() noexcept {
    last_ = after(last_, capacity_);
    ++values_;
    if (!receiving_.empty()) offerValue();
  }
  void placeUnused() noexcept { promisePlaces(); }
  // The only Receiver now has all others as its batch.
  void valueTaken() noexcept {
    first_ = after(first_, capacity_);
    --values_;
    if (!sending_.empty()) promisePlaces();
    if (values_ != 0 && hasBatches_) batchAll();
  }
  void valueUntaken() noexcept { offerValue(); }

  void addSender() noexcept;
  void dropSender() noexcept;
  void addReceiver() noexcept;
  // How many values are left to the last one, which destroys them without the lock: nobody else
  // touches the ring any more. restDestroyed() follows for each.
  std::uint32_t dropReceiver() noexcept;
  void restDestroyed() noexcept { first_ = after(first_, capacity_); }

  // Of the only Receiver, without the lock.
  bool batchEmpty() const noexcept { return inBatch_ == 0; }
  void batchedTaken() noexcept {
    first_ = after(first_, slots_);
    --inBatch_;
    receivedOne();
  }

 private:
  static std::uint32_t after(std::uint32_t slot, std::uint32_t slots) noexcept {
    return slot + 1 == slots ? 0 : slot + 1;
  }
  void receivedOne() noexcept;

  // What the only Receiver uses without the lock, away from what the others write; where there were
  // several ever, first_ is protected by mutex_, and there are no batches.
  bool hasBatches_ = true;                  // written by the only Receiver's owner
  std::atomic<bool> sendersWait_{false};    // for places; written under mutex_
  std::atomic<std::uint32_t> received_{0};  // from batches; written by the only Receiver
  std::uint32_t inBatch_ = 0;               // what is left of the batch
  std::uint32_t first_ = 0;                 // the slot of the first value
  const std::uint32_t slots_;               // capacity_ once more, for who must not read it there

 protected:
  alignas(64) ShortLock mutex_;

 private:
  friend struct async::ChannelAccess;
  friend struct deadlock::ChannelKinds;

  Turn awaitPlace(Waiter& waiter, std::unique_lock<ShortLock>& lock, Time deadline,
                  Telling telling);
  Turn awaitValue(Waiter& waiter, std::unique_lock<ShortLock>& lock, Time deadline,
                  Telling telling);
  static Error error(Turn turn, const char* otherSide);
  static Turn concluded(Waiter& waiter, WaitResult waited, Time deadline, Telling telling);
  void promisePlaces() noexcept;
  void offerValue() noexcept;  // to who waits longest for one
  bool placeFree() noexcept;
  // The same for who will wait if there is none.
  bool findPlace() noexcept;
  void batchAll() noexcept;
  void settleBatch() noexcept;  // counts what was received from the batch
  // What is left of the batch is as if it were in the queue; for ever.
  void endBatches() noexcept;
  bool valueFree() const noexcept { return values_ > promisedValues_; }

  const std::uint32_t capacity_;
  // Protected by mutex_.
  std::uint32_t values_ = 0;   // that are not of the batch
  std::uint32_t batched_ = 0;  // of the batch, those that settleBatch() has not counted
  std::uint32_t settled_ = 0;  // of received_
  std::uint32_t promisedPlaces_ = 0;
  std::uint32_t promisedValues_ = 0;
  std::uint32_t senders_ = 1;
  std::uint32_t receivers_ = 1;
  std::uint32_t last_ = 0;  // the slot of the next value
  WaitList receiving_;
  WaitList sending_;
  const Charge charge_;
};

}  // namespace troop
