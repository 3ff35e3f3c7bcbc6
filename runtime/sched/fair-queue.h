// The ready Runnables of one carrier, grouped by troop: first the troop with the least virtual
// time, in it the one inside it with the least, and so on, then the Runnable of that one which has
// waited longest; but of Threads that have never run the one started last, so that in a tree of
// them the branches end that have begun before others begin, and few are alive at a time. After a
// few of these in a row it is the longest waiting one's turn.
//
// Ownership: each queued Runnable's reference, which pop() and steal() hand over. Threads: the
// caller's lock protects it; only a troop's virtual time changes under its hands, upwards, which is
// why the order is put right lazily, when a troop comes to the front.
#pragma once

#include <algorithm>
#include <boost/intrusive/set.hpp>
#include <cstdint>
#include <limits>

#include "runtime/base/list.h"
#include "runtime/runnable.h"
#include "runtime/sched/share.h"

namespace [[gnu::visibility("hidden")]] troop {

// The ready Runnables of one troop on one carrier, and the queues of the troops inside it that have
// any.
class ReadyQueue : public boost::intrusive::set_base_hook<> {
 public:
  ReadyQueue() = default;

 private:
  friend class FairQueue;
  using InOrder =
      boost::intrusive::multiset<ReadyQueue,
                                 boost::intrusive::base_hook<boost::intrusive::set_base_hook<>>>;

  friend bool operator<(const ReadyQueue& a, const ReadyQueue& b) noexcept {
    return a.key_ < b.key_;
  }

  // Of those in a row that overtake others who have waited longer: these, or more where there were
  // more for each of the others when one of them was taken last. So one who starts many has its
  // turn when they have run, and their memory is there for the next ones; and who waits behind
  // others does so for little more than what is there.
  static constexpr std::size_t youngInARowLeast = 16;

  bool empty() const noexcept { return runnables_.empty() && young_.empty(); }
  std::size_t size() const noexcept { return runnables_.size() + young_.size(); }
  bool youngFirst() const noexcept {
    return !young_.empty() && (runnables_.empty() || youngInARow_ < youngInARowMax_);
  }
  Runnable& next() const noexcept { return youngFirst() ? *young_.back() : *runnables_.front(); }
  Runnable& oldest() const noexcept {
    return runnables_.empty() ? *young_.front() : *runnables_.front();
  }
  void add(Runnable& runnable) noexcept {
    (runnable.isYoung_ ? young_ : runnables_).pushBack(runnable);
  }
  // It is its turn. What is taken otherwise changes nobody's.
  void countTurn(const Runnable& runnable) noexcept {
    if (runnable.isYoung_) {
      ++youngInARow_;
    } else {
      youngInARow_ = 0;
      youngInARowMax_ = std::max(young_.size() / runnables_.size(), youngInARowLeast);
    }
  }
  void remove(Runnable& runnable) noexcept {
    (runnable.isYoung_ ? young_ : runnables_).remove(runnable);
    runnable.isYoung_ = false;
  }

  Share* share_ = nullptr;
  std::uint64_t key_ = 0;  // the troop's virtual time when it was put in order: never more than now
  CountedList<Runnable, ReadyTag> runnables_;
  CountedList<Runnable, ReadyTag> young_;  // last started last
  std::size_t youngInARow_ = 0;            // taken
  std::size_t youngInARowMax_ = youngInARowLeast;
  InOrder inner_;
};

class FairQueue {
 public:
  static constexpr std::uint64_t nothing = std::numeric_limits<std::uint64_t>::max();

  explicit FairQueue(unsigned carrier) : carrier_(carrier) {}

  void push(Runnable& runnable) noexcept;

  // The virtual time of the troop to be served next, or `nothing`.
  std::uint64_t least() const noexcept { return queues_.empty() ? nothing : queues_.begin()->key_; }

  Runnable* pop() noexcept;
  // The same where it is a Thread of `share`; null otherwise.
  Runnable* popThreadOf(const Share& share) noexcept;

  // Moves one that is in this queue to the place of `payer`, if that one is served earlier; false
  // otherwise.
  bool moveUp(Runnable& runnable, Share& payer) noexcept;

  // Hands over up to `most` Runnables of the troop to be served next, at least one if there is any
  // and no more than half of them, in order; how many.
  std::size_t steal(std::size_t most, List<Runnable, ReadyTag>& loot) noexcept;

 private:
  using InOrder = ReadyQueue::InOrder;

  // The queue of the troop to be served next, keys up to date on the way; null if there is none.
  ReadyQueue* front() noexcept;
  // The first of some beside each other; null if there is none.
  static ReadyQueue* first(InOrder& queues) noexcept;
  // Takes the next one out of `queue`, or `runnable`.
  Runnable& takeNext(ReadyQueue& queue) noexcept;
  Runnable& takeOut(ReadyQueue& queue, Runnable& runnable) noexcept;
  // Puts the queue of `share` in order, and those of what it is in, where they are not.
  void link(Share& share) noexcept;
  // Takes it out, and those of what it is in, where they are empty.
  void unlinkEmpty(ReadyQueue& queue) noexcept;
  // In which `share` stands.
  InOrder& orderOf(const Share& share) noexcept;

  const unsigned carrier_;
  InOrder queues_;  // those that are not empty, of troops that are in no other
};

}  // namespace troop
