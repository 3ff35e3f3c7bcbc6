#include "runtime/deadlock/look.h"

#include <algorithm>
#include <mutex>

#include "runtime/deadlock/watch.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/scope.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::deadlock {

Look::Look(Process& process, const std::unordered_set<const Waiter*>& described)
    : described_(described) {
  see(Watch::waitsOf(process));
  // A simulated run has no OS threads of the host, and nothing to do with those of others.
  if (!Watch::isSimulated(process)) see(KnownWaits::ofOsThreads());
  // The same Scope's end is seen from each in it.
  std::size_t kept = 0;
  for (Sighting& sighting : sightings_) {
    if (!at_.emplace(sighting.waiter, kept).second) continue;
    if (&sightings_[kept] != &sighting) sightings_[kept] = std::move(sighting);
    ++kept;
  }
  sightings_.resize(kept);
}

const Sighting* Look::find(const Sighting& other) const noexcept {
  const auto found = at_.find(other.waiter);
  if (found == at_.end()) return nullptr;
  const Sighting& sighting = sightings_[found->second];
  const bool same = sighting.ticket == other.ticket && sighting.order == other.order;
  return same ? &sighting : nullptr;
}

void Look::see(KnownWaits& waits) {
  constexpr std::size_t mostAtOnce = KnownWaits::togetherMax * (1 + scopesMax);
  const auto makeRoom = [](auto& vector) {
    if (vector.capacity() - vector.size() < mostAtOnce) {
      vector.reserve(2 * vector.capacity() + mostAtOnce);
    }
  };
  waits.forEach(
      [&] {
        makeRoom(sightings_);
        makeRoom(inScopes_);
      },
      [this](const KnownWaitRecord& record) { see(record); });
}

Sighting& Look::add(const Waiter& waiter, const Task* task, const char* what) {
  Sighting& sighting = sightings_.emplace_back(
      Sighting{.waiter = &waiter, .ticket = waiter.ticket(), .what = what, .kept = {}});
  if (task != nullptr) {
    Thread& thread = task->thread();
    sighting.thread = &thread;
    sighting.troop = &thread.troop();
    sighting.task = task->id();
    // It has not ended, and so has a reference of its own.
    if (described_.contains(&waiter)) sighting.kept = Ref<Thread>::share(&thread);
  }
  return sighting;
}

void Look::see(const KnownWaitRecord& record) {
  const Waiter& waiter = *record.waiter;
  const WaitTicket ticket = waiter.ticket();
  if (!waiter.pending()) return;
  Sighting& sighting = add(waiter, record.task, record.what.text);
  sighting.ticket = ticket;
  sighting.order = record.order;
  sighting.since = record.since;
  sighting.mayBreak = record.mayBreak;
  sighting.wasReported = record.wasReported;
  sighting.joins = record.what.thread;
  if (record.what.holderOf != nullptr) sighting.holder = record.what.holderOf(record.what.object);
  if (record.task != nullptr) climb(record.task);
}

void Look::climb(const Task* task) {
  // Whoever opened a Scope lives until all in it have ended, and `task` has not.
  for (std::size_t scopes = 0; scopes < scopesMax; ++scopes) {
    Scope* const scope = Scope::around(*task);
    if (scope == nullptr) return;
    std::lock_guard lock(scope->mutex_);  // which the owner takes when it goes on
    const Task& owner = scope->owner_;
    if (!scope->ownerJoins_ || !owner.pending()) return;
    inScopes_.emplace_back(&owner, task);
    add(owner, &owner, owner.what());
    task = &owner;
  }
}

WaitGraph Look::graph(const std::function<bool(const Sighting&)>& counted) const {
  WaitGraph graph;
  for (const Sighting& sighting : sightings_) {
    const std::size_t node = graph.add(WaitGraph::Needs::any);
    if (!counted(sighting)) graph.setFree(node);
  }
  const auto connect = [&](const Waiter* from, const Waiter* to) {
    const auto source = at_.find(from), target = at_.find(to);
    if (source != at_.end() && target != at_.end()) graph.connect(source->second, target->second);
  };
  for (const Sighting& sighting : sightings_) connect(sighting.waiter, sighting.holder);
  for (const auto& [owner, child] : inScopes_) connect(owner, child);
  // Threads that are joined have nodes of their own, behind those.
  std::unordered_map<const Thread*, std::size_t> joined;
  for (std::size_t i = 0; i < sightings_.size(); ++i) {
    if (sightings_[i].joins == nullptr) continue;
    const auto [thread, isNew] = joined.try_emplace(sightings_[i].joins, graph.size());
    if (isNew) graph.add(WaitGraph::Needs::any);
    graph.connect(i, thread->second);
  }
  for (std::size_t i = 0; i < sightings_.size(); ++i) {
    const auto thread = joined.find(sightings_[i].thread);
    if (thread != joined.end()) graph.connect(thread->second, i);
  }
  return graph;
}

std::vector<Knot> Look::knots(const std::function<bool(const Sighting&)>& counted) const {
  const WaitGraph graph = this->graph(counted);
  std::vector<Knot> found;
  for (WaitGraph::Nodes& nodes : graph.knots(graph.stuck())) {
    Knot waiters;
    for (const std::size_t node : nodes) {
      if (node < sightings_.size()) waiters.push_back(node);
    }
    // By the same for all: whether it may be told, then which one began last.
    const std::size_t last = *std::ranges::max_element(waiters, {}, [&](std::size_t node) {
      const Sighting& sighting = sightings_[node];
      return std::pair(sighting.mayBreak == MayBreak::yes, sighting.order);
    });
    Knot circle;
    for (const std::size_t node : graph.circleOf(last, nodes)) {
      if (node < sightings_.size()) circle.push_back(node);
    }
    found.push_back(std::move(circle));
  }
  return found;
}

}  // namespace troop::deadlock
