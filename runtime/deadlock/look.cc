#include "runtime/deadlock/look.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "runtime/sched/control-block.h"
#include "runtime/scope.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::deadlock {
namespace {

std::string describe(const Task* task, const char* what) {
  // The place for the Task's stack as well, once there is who reads it.
  if (task == nullptr) return fmt::format("an OS thread of the host waits for {}", what);
  return fmt::format("Task {} of Thread '{}' of troop '{}' waits for {}", task->id(),
                     task->thread().name(), task->thread().troop().name(), what);
}

}  // namespace

Look::Look(const std::unordered_set<const Waiter*>& described) : described_(described) {
  KnownWaits::forEach([this](const KnownWaitRecord& record) { see(record); });
}

const Sighting* Look::find(const Sighting& other) const noexcept {
  const auto found = at_.find(other.waiter);
  if (found == at_.end()) return nullptr;
  const Sighting& sighting = sightings_[found->second];
  const bool same = sighting.ticket == other.ticket && sighting.order == other.order;
  return same ? &sighting : nullptr;
}

std::size_t Look::add(const Waiter& waiter, const Task* task, const char* what) {
  Sighting sighting{.waiter = &waiter, .ticket = waiter.ticket()};
  if (task != nullptr) sighting.thread = &task->thread();
  if (described_.contains(&waiter)) sighting.text = describe(task, what);
  at_.emplace(&waiter, sightings_.size());
  sightings_.push_back(std::move(sighting));
  return sightings_.size() - 1;
}

void Look::see(const KnownWaitRecord& record) {
  const Waiter& waiter = *record.waiter;
  const WaitTicket ticket = waiter.ticket();
  if (!waiter.pending() || at_.contains(&waiter)) return;
  const std::size_t index = add(waiter, record.task, record.what.text);
  Sighting& sighting = sightings_[index];
  sighting.ticket = ticket;
  sighting.order = record.order;
  sighting.since = record.since;
  sighting.mayBreak = record.mayBreak;
  sighting.wasReported = record.wasReported;
  sighting.joins = record.what.thread;
  if (record.what.holderOf != nullptr) sighting.holder = record.what.holderOf(record.what.object);
  if (record.task != nullptr) climb(record.task, index);
}

void Look::climb(const Task* task, std::size_t child) {
  // Whoever opened a Scope lives until all in it have ended, and `task` has not.
  for (;;) {
    Scope* const scope = Scope::around(*task);
    if (scope == nullptr) return;
    std::lock_guard lock(scope->mutex_);  // which the owner takes when it goes on
    const Task& owner = scope->owner_;
    if (scope->joining_.empty() || !owner.pending()) return;
    const auto known = at_.find(&owner);
    if (known != at_.end()) {
      inScope_.emplace_back(known->second, child);
      return;
    }
    const std::size_t index = add(owner, &owner, "its scope");
    inScope_.emplace_back(index, child);
    task = &owner;
    child = index;
  }
}

Look::Edges Look::edges() const {
  std::unordered_map<const Thread*, std::size_t> joined;
  Edges edges(sightings_.size());
  for (std::size_t i = 0; i < sightings_.size(); ++i) {
    const Sighting& sighting = sightings_[i];
    if (const auto holder = at_.find(sighting.holder); holder != at_.end()) {
      edges[i].push_back(holder->second);
    }
    if (sighting.joins == nullptr) continue;
    const auto [thread, isNew] = joined.try_emplace(sighting.joins, edges.size());
    if (isNew) edges.emplace_back();
    edges[i].push_back(thread->second);
  }
  for (const auto& [owner, child] : inScope_) edges[owner].push_back(child);
  for (std::size_t i = 0; i < sightings_.size(); ++i) {
    const auto thread = joined.find(sightings_[i].thread);
    if (thread != joined.end()) edges[thread->second].push_back(i);
  }
  return edges;
}

std::vector<Circle> Look::circles() const {
  enum class State : unsigned char { unseen, onTheWay, done };
  const Edges all = edges();
  std::vector<State> states(all.size(), State::unseen);
  std::vector<Circle> found;
  // From each that was not seen, along who waits for whom; the way, and the next edge of each.
  std::vector<std::pair<std::size_t, std::size_t>> way;
  for (std::size_t start = 0; start < all.size(); ++start) {
    if (states[start] == State::unseen) way.emplace_back(start, 0);
    while (!way.empty()) {
      auto& [at, edge] = way.back();
      states[at] = State::onTheWay;
      if (edge == all[at].size()) {
        states[at] = State::done;
        way.pop_back();
        continue;
      }
      const std::size_t next = all[at][edge++];
      if (states[next] == State::unseen) {
        way.emplace_back(next, 0);
      } else if (states[next] == State::onTheWay) {
        Circle circle;
        for (bool isIn = false; const auto& [on, unused] : way) {
          isIn |= on == next;
          if (isIn && on < sightings_.size()) circle.push_back(on);
        }
        found.push_back(std::move(circle));
        // What leads into it waits as well, but for what will go on once it is broken.
        for (const auto& [on, unused] : way) states[on] = State::done;
        way.clear();
      }
    }
  }
  return found;
}

}  // namespace troop::deadlock
