// The ready Runnables of one carrier, grouped by troop: first the troop with the least virtual
// time, then the Runnable of it that has waited longest.
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

namespace troop {

// The ready Runnables of one troop on one carrier.
class ReadyQueue : public boost::intrusive::set_base_hook<> {
 public:
  ReadyQueue() = default;

 private:
  friend class FairQueue;
  friend bool operator<(const ReadyQueue& a, const ReadyQueue& b) noexcept {
    return a.key_ < b.key_;
  }

  Share* share_ = nullptr;
  std::uint64_t key_ = 0;  // the troop's virtual time when it was put in order: never more than now
  List<Runnable, ReadyTag> runnables_;
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
  // The troop to be served next, its key up to date; null if there is none.
  ReadyQueue* front() noexcept;
  Runnable& popFrom(ReadyQueue& queue) noexcept;

  const unsigned carrier_;
  boost::intrusive::multiset<ReadyQueue> queues_;  // those that are not empty
};

}  // namespace troop
