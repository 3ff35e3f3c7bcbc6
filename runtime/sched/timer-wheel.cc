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
  soon_.remove(timer);  // or from whatever list it is in
}

Timer* TimerWheel::takeDue(Time now) noexcept {
  for (;;) {
    Timer* const first = soon_.front();
    // What is due first may be among those that move.
    if (isMoving() && (first == nullptr || first->when_ > now || first->when_ >= movingLeast_)) {
      moveSome();
      if (isMoving()) return nullptr;
      continue;
    }
    if (first != nullptr) {
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
  if (tick <= tick_ || isMoving()) return;
  Place first;
  const bool any = findFirst(first);
  tick_ = std::max(tick_, any ? std::min(tick, beginOf(first) - 1) : tick);
}

Time TimerWheel::next() noexcept {
  const Timer* soon = soon_.front();
  Time least = soon != nullptr ? soon->when_ : never;
  if (isMoving()) least = std::min(least, movingLeast_);
  Place first;
  // Those that move come to slots that are later, but others may have been added before them.
  if ((soon == nullptr || isMoving()) && findFirst(first)) {
    least = std::min(least, slotAt(first).least);
  }
  return least;
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
  occupied_[place.level][place.digit / wordBits] |= std::uint64_t{1} << place.digit % wordBits;
}

void TimerWheel::putSoon(Timer& timer) noexcept {
  // Mostly it is the latest of few.
  Timer* before = soon_.back();
  while (before != nullptr && before->when_ > timer.when_) before = soon_.before(*before);
  soon_.insertAfter(before, timer);
}

bool TimerWheel::findFirst(Place& place) noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    for (unsigned word = 0; word < occupied_[level].size(); ++word) {
      std::uint64_t& bits = occupied_[level][word];
      for (; bits != 0; bits &= bits - 1) {
        // Invariant 1. None is before the digit that it has come to.
        place = {level, word * wordBits + static_cast<unsigned>(std::countr_zero(bits))};
        Slot& slot = slotAt(place);
        if (!slot.timers.empty()) return true;
        slot.least = never;
      }
    }
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
  moving_.splice(slot.timers);
  movingLeast_ = slot.least;
  slot.least = never;
  return true;
}

void TimerWheel::moveSome() noexcept {
  constexpr unsigned movedAtOnce = 16;
  for (unsigned moved = 0; moved < movedAtOnce; ++moved) {
    Timer* timer = moving_.popFront();
    if (timer == nullptr) break;
    if (tickOf(timer->when_) > tick_) {
      put(*timer);
    } else {
      arrived_.pushBack(*timer);
    }
  }
  if (!moving_.empty()) return;
  sort(arrived_);
  merge(arrived_, soon_);
}

bool TimerWheel::isSorted(const TimerList& timers) noexcept {
  const Timer* before = timers.front();
  while (before != nullptr) {
    const Timer* timer = timers.after(*before);
    if (timer != nullptr && timer->when_ < before->when_) return false;
    before = timer;
  }
  return true;
}

void TimerWheel::merge(TimerList& earlier, TimerList& merged) noexcept {
  TimerList later;
  later.splice(merged);
  while (!earlier.empty() && !later.empty()) {
    // Of equals the one that was added first.
    TimerList& from = later.front()->when_ < earlier.front()->when_ ? later : earlier;
    merged.pushBack(*from.popFront());
  }
  merged.splice(earlier);
  merged.splice(later);
}

// Merges runs of 1, 2, 4 ... timers, of which there is at most one of each length.
void TimerWheel::sort(TimerList& timers) noexcept {
  if (isSorted(timers)) return;
  constexpr std::size_t runsMax = 48;  // 2^48 timers do not fit into any memory
  std::array<TimerList, runsMax> runs;
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
