#include "runtime/sharing/monitor.h"

#include <mutex>

namespace troop {

void MonitorCore::leaveMarked(Owner owner) noexcept {
  const Ref<MonitorCore> kept = tryShare();
  if (kept) {
    entrance_.leaveMarked(owner);
  } else if (!entrance_.word().leaveForGood()) {
    delete this;
  }
}

void MonitorCore::unreferenced() noexcept {
  if (entrance_.word().orphan()) delete this;
}

Ref<MonitorCore> MonitorCore::tryShare() noexcept {
  return references_.tryAdd() ? Ref<MonitorCore>::adopt(this) : nullptr;
}

WaitResult MonitorCore::wait(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  // What cannot wait keeps its place.
  if (!waiter.mayPark()) return waiter.conclude(WaitResult::cancelled, deadline);
  // Others may let go of it meanwhile. Where they have, there is nobody to let in, nor to signal.
  const Ref<MonitorCore> kept = tryShare();
  WaitResult waited;
  {
    struct Back {
      MonitorCore* core;
      Waiter& waiter;
      ~Back() {
        if (core == nullptr || core->entrance_.tryEnter(ownerOf(waiter))) return;
        (void)core->entrance_.enterSlowly(waiter, never, Interruption::deferred, place,
                                          deadlock::Refused::never);
      }
    } const back{kept.get(), waiter};
    std::unique_lock lock(entrance_.lock());
    // Nobody signals without this lock, which is held until it is listed.
    if (kept) entrance_.givePlace();
    waited = waiting_.wait(lock, deadline, Interruption::allowed, "a signal in a monitor");
  }
  return waiter.conclude(waited, deadline);
}

void MonitorCore::signal() noexcept {
  std::lock_guard lock(entrance_.lock());
  waiting_.signalOne();
}

void MonitorCore::broadcast() noexcept {
  std::lock_guard lock(entrance_.lock());
  waiting_.signalAll();
}

}  // namespace troop
