#include "runtime/sched/timer-wheel.h"

#include <algorithm>
#include <bit>

namespace troop {

void TimerWheel::add(Timer& timer, Time when) noexcept {
  timer.when_ = when;
  put(timer);
  ++count_;
}

void TimerWheel::remove(Timer& timer) noexcept {
  --count_;
  const std::uint64_t tick = tickOf(timer.when_);
  if (tick <= tick_) return soon_.remove(timer);
  const Place place = placeOf(tick);
  Slot& slot = slotAt(place);
  slot.timers.remove(timer);
  if (!slot.timers.empty()) return;
  slot.least = never;
  occupied_[place.level] &= ~(std::uint64_t{1} << place.digit);
}

Timer* TimerWheel::takeDue(Time now) noexcept {
  for (;;) {
    if (Timer* first = soon_.front()) {
      if (first->when_ > now) return nullptr;
      soon_.remove(*first);
      --count_;
      return first;
    }
    if (!advance(tickOf(now))) return nullptr;
  }
}

void TimerWheel::comeTo(Time now) noexcept {
  const std::uint64_t tick = tickOf(now);
  if (tick <= tick_) return;
  Place first;
  const bool any = findFirst(first);
  tick_ = std::max(tick_, any ? std::min(tick, beginOf(first) - 1) : tick);
}

Time TimerWheel::next() const noexcept {
  if (const Timer* first = soon_.front()) return first->when_;
  Place first;
  return findFirst(first) ? slots_[first.level][first.digit].least : never;
}

std::uint64_t TimerWheel::tickOf(Time when) noexcept {
  const Duration::rep count = when.time_since_epoch().count();
  return count > 0 ? static_cast<std::uint64_t>(count) >> tickShift : 0;
}

TimerWheel::Place TimerWheel::placeOf(std::uint64_t tick) const noexcept {
  const auto highest = static_cast<unsigned>(std::bit_width(tick ^ tick_)) - 1;
  const unsigned level = highest / digitBits;
  return {level, static_cast<unsigned>(tick >> (level * digitBits)) % slotsOfLevel};
}

void TimerWheel::put(Timer& timer) noexcept {
  const std::uint64_t tick = tickOf(timer.when_);
  if (tick <= tick_) return putSoon(timer);
  const Place place = placeOf(tick);
  Slot& slot = slotAt(place);
  slot.timers.pushBack(timer);
  slot.least = std::min(slot.least, timer.when_);
  occupied_[place.level] |= std::uint64_t{1} << place.digit;
}

void TimerWheel::putSoon(Timer& timer) noexcept {
  // Mostly it is the latest of few.
  Timer* before = soon_.back();
  while (before != nullptr && before->when_ > timer.when_) before = soon_.before(*before);
  soon_.insertAfter(before, timer);
}

bool TimerWheel::findFirst(Place& place) const noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    if (occupied_[level] == 0) continue;
    // Invariant 1. None is before the digit that it has come to.
    place = {level, static_cast<unsigned>(std::countr_zero(occupied_[level]))};
    return true;
  }
  return false;
}

std::uint64_t TimerWheel::beginOf(Place place) const noexcept {
  const unsigned shift = place.level * digitBits;
  const std::uint64_t above = tick_ >> (shift + digitBits) << (shift + digitBits);
  return above | std::uint64_t{place.digit} << shift;
}

bool TimerWheel::advance(std::uint64_t tick) noexcept {
  if (tick <= tick_) return false;
  Place first;
  if (!findFirst(first) || beginOf(first) > tick) {
    tick_ = tick;
    return false;
  }
  tick_ = beginOf(first);
  Slot& slot = slotAt(first);
  TimerList taken;
  taken.splice(slot.timers);
  slot.least = never;
  occupied_[first.level] &= ~(std::uint64_t{1} << first.digit);
  if (first.level == 0) {
    sort(taken);
    soon_.splice(taken);
    return true;
  }
  while (Timer* timer = taken.popFront()) put(*timer);
  return true;
}

// Merges runs of 1, 2, 4 ... timers, of which there is at most one of each length.
void TimerWheel::sort(TimerList& timers) noexcept {
  constexpr std::size_t runsMax = 48;  // 2^48 timers do not fit into any memory
  std::array<TimerList, runsMax> runs;
  const auto merge = [](TimerList& earlier, TimerList& merged) {
    TimerList later;
    later.splice(merged);
    while (!earlier.empty() && !later.empty()) {
      // Of equals the one that was added first.
      TimerList& from = later.front()->when_ < earlier.front()->when_ ? later : earlier;
      merged.pushBack(*from.popFront());
    }
    merged.splice(earlier);
    merged.splice(later);
  };
  std::size_t used = 0;
  while (Timer* timer = timers.popFront()) {
    TimerList merged;
    merged.pushBack(*timer);
    std::size_t run = 0;
    for (; run < used && !runs[run].empty(); ++run) merge(runs[run], merged);
    used = std::max(used, run + 1);
    runs[run].splice(merged);
  }
  for (std::size_t run = 0; run < used; ++run) merge(runs[run], timers);
}

}  // namespace troop
