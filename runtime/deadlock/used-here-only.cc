#include "runtime/deadlock/used-here-only.h"

#include <mutex>

#include "runtime/deadlock/watch.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"

namespace troop::deadlock {
namespace {

void look(WaitList& list, ChannelSight::Side& side) noexcept {
  list.forEach([&](const WaitNode& node, Waiter& waiter) {
    if (side.waiters < ChannelSight::waitersMax) {
      side.waiting[side.waiters] = {.waiter = &waiter, .alone = &node == &waiter};
    }
    ++side.waiters;
  });
}

}  // namespace

void ChannelKinds::look(RefCounted& channel, ChannelSight& sight) noexcept {
  auto& core = static_cast<ChannelCore&>(channel);
  std::lock_guard lock(core.mutex_);
  sight.sending.handles = core.senders_;
  sight.receiving.handles = core.receivers_;
  deadlock::look(core.sending_, sight.sending);
  deadlock::look(core.receiving_, sight.receiving);
}

bool ChannelKinds::end(RefCounted& channel, EndSide side, const Waiter& waiter,
                       WaitTicket ticket) noexcept {
  auto& core = static_cast<ChannelCore&>(channel);
  bool ended = false;
  std::lock_guard lock(core.mutex_);
  WaitList& list = side == EndSide::sending ? core.sending_ : core.receiving_;
  list.forEach([&](const WaitNode&, Waiter& each) {
    if (&each == &waiter && !ended) ended = each.signal(ticket, WaitResult::cancelled);
  });
  return ended;
}

DeclaredHere::DeclaredHere(std::span<const ChannelEnd> ends) {
  const Current* here = current();
  Task* const task = here != nullptr ? here->task : nullptr;
  if (task == nullptr || !task->stacksStay()) return;
  declared_.task = task;
  declared_.ends = ends;
  Watch::endsOf(*task).declare(declared_);
  task->setDeclaresEnds(true);
  Watch::see(*task);
}

DeclaredHere::~DeclaredHere() {
  if (declared_.task == nullptr) return;
  Task& task = *declared_.task;
  task.setDeclaresEnds(Watch::endsOf(task).withdraw(declared_));
}

}  // namespace troop::deadlock
