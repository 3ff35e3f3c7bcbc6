// Says that some handles of channels are used by Tasks of this Thread only, so that waits for these
// channels are part of the search for deadlocks (search.h).
//
// Who may send into a channel is whoever has an address of a Sender, and C++ does not tell who has.
// A Thread that gets its handles as arguments, and lends them to nobody outside, can say so; where
// all handles of one side are held by Threads that do and that all wait for ever, nobody will ever
// end the wait of the other side. That call fails with Error (failed, deadlock) then; as if
// cancelled, where it tells by its result or no wait may throw.
//
// Ownership: a local of a Task, destroyed before the handles; these may be moved from meanwhile,
// and then count no more. Threads: its own. Limits: in OS threads, and in Threads whose stacks do
// not stay (Parked), it does nothing; a select() is understood in the Task that has said it.
// Fails: std::bad_alloc. Misuse: a handle that others use meanwhile, by its address: they are taken
// for ones that cannot come.
//
//   void relay(Receiver<int> from, Sender<int> to) {
//     const deadlock::UsedHereOnly ends(from, to);
//     while (std::optional<int> value = from.receive()) to.send(*value).value();
//   }
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "runtime/channel.h"
#include "runtime/deadlock/ends.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace deadlock {

// What is told of a channel by its core, and by a handle of it.
struct ChannelKinds {
  template <typename T>
  static ChannelEnd endOf(const Sender<T>& sender) noexcept {
    return {.handle = &sender, .kind = &kind<Sender<T>>, .side = EndSide::sending};
  }
  template <typename T>
  static ChannelEnd endOf(const Receiver<T>& receiver) noexcept {
    return {.handle = &receiver, .kind = &kind<Receiver<T>>, .side = EndSide::receiving};
  }

 private:
  template <typename Handle>
  static RefCounted* channelOf(const void* handle) noexcept {
    return static_cast<const Handle*>(handle)->channel_.get();
  }
  static void look(RefCounted& channel, ChannelSight& sight) noexcept;
  static bool end(RefCounted& channel, EndSide side, const Waiter& waiter,
                  WaitTicket ticket) noexcept;

  template <typename Handle>
  static constexpr ChannelKind kind{.channelOf = &channelOf<Handle>, .look = &look, .end = &end};
};

class DeclaredHere {
 public:
  explicit DeclaredHere(std::span<const ChannelEnd> ends);
  ~DeclaredHere();
  DeclaredHere(const DeclaredHere&) = delete;
  DeclaredHere& operator=(const DeclaredHere&) = delete;

 private:
  DeclaredEnds declared_;  // of no Task where it does nothing
};

template <std::size_t count>
class UsedHereOnly {
 public:
  template <typename... Handles>
    requires(sizeof...(Handles) == count)
  explicit UsedHereOnly(const Handles&... handles)
      : ends_{ChannelKinds::endOf(handles)...}, declared_(ends_) {}

 private:
  const std::array<ChannelEnd, count> ends_;
  const DeclaredHere declared_;
};

template <typename... Handles>
UsedHereOnly(const Handles&...) -> UsedHereOnly<sizeof...(Handles)>;

}  // namespace deadlock
}  // namespace troop
