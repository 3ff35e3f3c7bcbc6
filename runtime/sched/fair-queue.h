// The ready Runnables of one carrier, grouped by troop: first the troop with the least virtual
// time, in it the one inside it with the least, and so on, then the Runnable of that one which has
// waited longest.
//
// Ownership: each queued Runnable's reference, which pop() and steal() hand over. Threads: the
// caller's lock protects it; only a troop's virtual time changes under its hands, upwards, which is
// why the order is put right lazily, when a troop comes to the front.
#pragma once

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

  Share* share_ = nullptr;
  std::uint64_t key_ = 0;  // the troop's virtual time when it was put in order: never more than now
  List<Runnable, ReadyTag> runnables_;
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

  // Moves one that is in this queue to the place of `payer`, if that one is served earlier; false
  // otherwise.
  bool moveUp(Runnable& runnable, Share& payer) noexcept;

  // Hands over up to `most` Runnables of the troop to be served next, at least one if there is any
  // and no more than half of them, in order.
  void steal(std::size_t most, List<Runnable, ReadyTag>& loot) noexcept;

 private:
  using InOrder = ReadyQueue::InOrder;

  // The queue of the troop to be served next, keys up to date on the way; null if there is none.
  ReadyQueue* front() noexcept;
  // The first of some beside each other; null if there is none.
  static ReadyQueue* first(InOrder& queues) noexcept;
  Runnable& popFrom(ReadyQueue& queue) noexcept;
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
