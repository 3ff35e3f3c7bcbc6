// How select() chooses: an or-wait of one Waiter in the lists of several channels.
//
// The first list that signals the Waiter wins, since a wait is signalled once; whoever signals has
// promised there what is waited for, and nowhere else. So exactly one case is taken, and what other
// channels have stays theirs.
//
//   1. look: under each channel's lock in turn, in an order that is drawn; the first that is ready
//      is promised to us
//   2. list: the same, but a node of ours is left where nothing is ready; where something is, we
//      claim our own wait first: who has signalled us meanwhile has promised something else
//   3. wait, then take every node off; the one that was signalled is the case
//
// Ownership: the cases are select()'s. Nodes are on the heap, since others write to them while the
// stack of a parked Task may be elsewhere. Threads: that of the caller.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "runtime/async/channel-access.h"
#include "runtime/error.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {
class Selection;
}

// One thing that may happen: on a channel, or at a time.
class SelectCase {
 public:
  virtual ~SelectCase() = default;
  // Takes what was promised and calls the function.
  virtual void run() = 0;

 protected:
  SelectCase(ChannelCore* core, async::Side side, Time when) noexcept
      : core_(core), when_(when), side_(side) {}
  SelectCase(SelectCase&&) = default;

  using Turn = async::ChannelAccess::Turn;
  // With the lock of the channel.
  Turn redeem() noexcept { return async::ChannelAccess::redeem(*core_, side_, found_); }

 private:
  friend class async::Selection;
  ChannelCore* const core_;  // null for a time
  const Time when_;
  const async::Side side_;
  async::Found found_ = async::Found::nothing;
};

namespace async {

class Selection {
 public:
  explicit Selection(std::span<SelectCase* const> cases) noexcept;

  // Of a Task with a stack, or an OS thread: all of it.
  std::size_t wait();

  // Of a coroutine, in this order.
  void enter();
  bool suspend(std::coroutine_handle<> leaf);
  std::size_t resume();

 private:
  // What ends the wait where no channel does; never, if there is nothing such.
  Time deadline() const noexcept;
  bool chosen() const noexcept { return chosen_ < cases_.size(); }

  // Begins the wait, and chooses what is ready.
  void look(Waiter& waiter);
  // True: it has to be waited.
  bool list(Waiter& waiter);
  void tellChannels() const noexcept;
  void unlist() noexcept;
  std::size_t conclude(Waiter& waiter, WaitResult result);
  // Calls visit(index) for the channels until that says false; in an order drawn anew for each
  // wait.
  template <typename Visit>
  void inDrawnOrder(Visit visit);

  const std::span<SelectCase* const> cases_;
  std::size_t timeCase_;  // the earliest one; their number where there is none
  std::size_t chosen_;    // their number before
  std::uint64_t draw_ = 0;
  std::unique_ptr<WaitNode[]> nodes_;
  std::size_t listed_ = 0;  // how many nodes, in the order that was drawn
};

}  // namespace async
}  // namespace troop
