#include "runtime/trace/timeline.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "runtime/base/ticks.h"

namespace troop {
namespace trace {
namespace {

// Events `runs` that have the time of the one before: evenly until the next time.
void spread(std::vector<TraceEvent>& events) {
  for (std::size_t first = 0; first < events.size();) {
    const std::uint64_t time = events[first].time;
    std::size_t next = first + 1;
    std::uint64_t later = 1;  // how many run one after the other
    while (next < events.size() && events[next].time == time) {
      if (events[next++].kind == TraceKind::runs) ++later;
    }
    const std::uint64_t span = next < events.size() ? events[next].time - time : 0;
    std::uint64_t ran = 0;
    for (std::size_t at = first; at < next; ++at) {
      if (at > first && events[at].kind == TraceKind::runs) ++ran;
      events[at].time = time + span * ran / later;
    }
    first = next;
  }
}

}  // namespace

Timeline::Timeline(const TraceRecorder& recorder) {
  std::uint64_t last = 0;
  for (const Event& event : inOrder(recorder)) {
    take(event);
    last = event.nanoseconds;
  }
  // What runs on.
  while (!running_.empty()) end(running_.begin()->first, last);
}

std::vector<Timeline::Event> Timeline::inOrder(const TraceRecorder& recorder) {
  std::vector<Event> all;
  const auto add = [&](unsigned carrier) {
    std::vector<TraceEvent> events = recorder.events(carrier);
    spread(events);
    for (const TraceEvent& event : events) all.push_back({event, 0, carrier, all.size()});
  };
  for (unsigned carrier = 0; carrier < recorder.options().carriersMax; ++carrier) add(carrier);
  add(TraceRecorder::outside);
  std::ranges::sort(all, {}, [](const Event& event) { return std::pair(event.time, event.index); });
  for (Event& event : all) {
    const std::uint64_t since = event.time - all.front().time;
    event.nanoseconds = recorder.options().times == TraceRecorder::Times::tickCounts
                            ? static_cast<std::uint64_t>(durationOfTicks(since).count())
                            : since;
  }
  return all;
}

void Timeline::take(const Event& event) {
  switch (event.kind) {
    case TraceKind::begins:
    case TraceKind::runs:
      return begin(event);
    case TraceKind::ends:
      return end(event.carrier, event.nanoseconds);
    case TraceKind::starts:
      living_.erase(event.about);
      [[fallthrough]];
    case TraceKind::wakes:
      woken_[lifeOf(event.about)] = {.carrier = event.carrier, .nanoseconds = event.nanoseconds};
      return;
    case TraceKind::isReady:
      ready_.insert(lifeOf(event.about));
      return;
    case TraceKind::finishes:
      return;  // its names follow
    case TraceKind::names:
      return beginName(event, &Life::name);
    case TraceKind::ofTroop:
      return beginName(event, &Life::troop);
    case TraceKind::text:
      return takeText(event);
  }
}

void Timeline::begin(const Event& event) {
  const std::size_t life = lifeOf(event.about);
  Slice slice{.carrier = event.carrier, .life = life, .begin = event.nanoseconds, .woken = {}};
  slice.woken = wakeUpOf(event, life);
  end(event.carrier, event.nanoseconds);
  running_[event.carrier] = slice;
}

std::optional<WakeUp> Timeline::wakeUpOf(const Event& event, std::size_t life) {
  const auto wake = woken_.extract(life);
  const bool wasReady = ready_.erase(life) > 0;
  if (!wake.empty()) return wake.mapped();
  const auto before = running_.find(event.carrier);
  if (wasReady || before == running_.end() || before->second.life == life) return std::nullopt;
  return WakeUp{.carrier = event.carrier, .nanoseconds = event.nanoseconds};
}

void Timeline::end(unsigned carrier, std::uint64_t nanoseconds) {
  const auto running = running_.extract(carrier);
  if (running.empty()) return;
  slices_.push_back(running.mapped());
  slices_.back().end = nanoseconds;
}

void Timeline::beginName(const Event& event, std::string Life::* what) {
  const std::size_t life = lifeOf(event.about);
  (lives_[life].*what).clear();
  naming_[event.carrier] = {.life = life, .what = what};
}

void Timeline::takeText(const Event& event) {
  const auto naming = naming_.find(event.carrier);
  if (naming == naming_.end()) return;  // the beginning was overwritten
  char bytes[sizeof(event.about)];
  std::memcpy(bytes, &event.about, sizeof(bytes));
  const std::string_view text(bytes, sizeof(bytes));
  (lives_[naming->second.life].*naming->second.what) += text.substr(0, text.find('\0'));
}

std::size_t Timeline::lifeOf(std::uint64_t runnable) {
  const auto [living, isNew] = living_.try_emplace(runnable, lives_.size());
  if (isNew) lives_.emplace_back();
  return living->second;
}

void Timeline::nameLiving(std::uint64_t runnable, std::string_view name, std::string_view troop) {
  const auto living = living_.find(runnable);
  if (living == living_.end()) return;
  lives_[living->second] = {.name = std::string(name), .troop = std::string(troop)};
}

}  // namespace trace
}  // namespace troop
