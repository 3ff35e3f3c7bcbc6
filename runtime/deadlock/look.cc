#include "runtime/deadlock/look.h"

#include <algorithm>
#include <mutex>
#include <tuple>

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
  seeEnds(process);
  dropDoubles();
  seePlaces();
}

void Look::dropDoubles() {
  // The same Scope's end is seen from each in it, and of a Thread at rest what is known as well.
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
    sighting.self = task;
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

void Look::seeEnds(Process& process) {
  resting_ = Watch::endsOf(process).atRest();
  std::unordered_map<const Scope*, const Waiter*> owners;  // who waits for their end
  for (const RestingThread& resting : resting_) {
    for (const RestingThread::Waits& waits : resting.tasks) {
      if (waits.forEver && waits.joins != nullptr) owners.emplace(waits.joins, waits.task);
    }
  }
  std::unordered_map<const RefCounted*, std::size_t> known;
  for (const RestingThread& resting : resting_) {
    for (const RestingThread::Waits& waits : resting.tasks) {
      if (!waits.forEver) continue;
      const Waiter* const waiter = waits.task;
      sightings_.push_back({.waiter = waiter,
                            .ticket = waits.ticket,
                            .mayBreak = waits.declared != 0 ? MayBreak::yes : MayBreak::no,
                            .declared = waits.declared,
                            .thread = resting.thread.get(),
                            .troop = &resting.thread->troop(),
                            .self = waits.task,
                            .task = waits.id,
                            .what = waits.what,
                            .kept = described_.contains(waiter) ? resting.thread : nullptr});
      const auto owner = owners.find(waits.within);
      if (owner != owners.end()) inScopes_.emplace_back(owner->second, waiter);
      if (waits.selectsFrom > 0) selectsFrom_.emplace(waiter, waits.selectsFrom);
    }
    for (const RestingThread::Held& held : resting.held) {
      const auto [at, isNew] = known.try_emplace(held.channel.get(), channels_.size());
      if (isNew) channels_.push_back({.channel = held.channel, .kind = held.kind});
      SeenChannel& channel = channels_[at->second];
      (held.side == EndSide::sending ? channel.senders : channel.receivers)
          .push_back(resting.thread.get());
    }
  }
}

void Look::seePlaces() {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    SeenChannel& channel = channels_[i];
    channel.kind->look(*channel.channel, channel.sight);
    const auto add = [&](const ChannelSight::Side& seen, EndSide side) {
      for (std::size_t j = 0; j < std::min(seen.waiters, ChannelSight::waitersMax); ++j) {
        const ChannelSight::Waiting& waiting = seen.waiting[j];
        places_[waiting.waiter].push_back({.channel = i, .side = side, .alone = waiting.alone});
      }
    };
    add(channel.sight.sending, EndSide::sending);
    add(channel.sight.receiving, EndSide::receiving);
  }
  for (Sighting& sighting : sightings_) {
    if (sighting.order == 0 && !places_.contains(sighting.waiter)) {
      sighting.mayBreak = MayBreak::no;
    }
  }
}

bool Look::knowsAllPlaces(const Sighting& sighting, const std::vector<Place>& places) const {
  if (places.front().alone) return true;
  const auto selects = selectsFrom_.find(sighting.waiter);
  return selects != selectsFrom_.end() && selects->second == places.size();
}

bool Look::endInChannels(const Sighting& sighting) const {
  const auto places = places_.find(sighting.waiter);
  if (places == places_.end()) return false;
  for (const Place& place : places->second) {
    const SeenChannel& channel = channels_[place.channel];
    if (channel.kind->end(*channel.channel, place.side, *sighting.waiter, sighting.ticket)) {
      return true;
    }
  }
  return false;
}

const Scope* Look::scopeAround(const Task& task) noexcept {
  return Scope::around(task);
}

const Scope* Look::scopeJoinedBy(const Task& task) noexcept {
  return Scope::joinedBy(task);
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
    // One of several channels is enough to go on.
    const bool needsAll = places_.contains(sighting.waiter);
    const std::size_t node = graph.add(needsAll ? WaitGraph::Needs::all : WaitGraph::Needs::any);
    if (!counted(sighting)) graph.setFree(node);
  }
  const auto connect = [&](const Waiter* from, const Waiter* to) {
    const auto source = at_.find(from), target = at_.find(to);
    if (source != at_.end() && target != at_.end()) graph.connect(source->second, target->second);
  };
  for (const Sighting& sighting : sightings_) connect(sighting.waiter, sighting.holder);
  for (const auto& [owner, child] : inScopes_) connect(owner, child);
  connectJoins(graph);
  connectChannels(graph);
  return graph;
}

void Look::connectJoins(WaitGraph& graph) const {
  // Threads that are joined have nodes of their own.
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
}

void Look::connectChannels(WaitGraph& graph) const {
  // So have Threads all of whose Tasks are stuck, and the sides of channels: whoever is there has
  // to be stuck.
  std::unordered_map<const Thread*, std::size_t> threads;
  for (const RestingThread& resting : resting_) {
    const std::size_t node = graph.add(WaitGraph::Needs::all);
    threads.emplace(resting.thread.get(), node);
    for (const RestingThread::Waits& waits : resting.tasks) {
      const auto at = at_.find(waits.task);
      if (at != at_.end() && waits.forEver) {
        graph.connect(node, at->second);
      } else {
        graph.setFree(node);
      }
    }
  }
  const auto addSide = [&](const std::vector<const Thread*>& holders, std::size_t handles) {
    const std::size_t node = graph.add(WaitGraph::Needs::all);
    if (holders.size() != handles) graph.setFree(node);
    for (const Thread* holder : holders) graph.connect(node, threads.at(holder));
    return node;
  };
  std::vector<std::pair<std::size_t, std::size_t>> sides;  // of senders, of receivers
  for (const SeenChannel& channel : channels_) {
    const std::size_t senders = addSide(channel.senders, channel.sight.sending.handles);
    sides.emplace_back(senders, addSide(channel.receivers, channel.sight.receiving.handles));
  }
  for (std::size_t i = 0; i < sightings_.size(); ++i) {
    const auto places = places_.find(sightings_[i].waiter);
    if (places == places_.end()) continue;
    if (!knowsAllPlaces(sightings_[i], places->second)) graph.setFree(i);
    for (const Place& place : places->second) {
      const auto [senders, receivers] = sides[place.channel];
      graph.connect(i, place.side == EndSide::receiving ? senders : receivers);
    }
  }
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
      return std::tuple(sighting.mayBreak == MayBreak::yes, sighting.order, sighting.declared);
    });
    // All that have to be stuck for it are told, of a circle those in that.
    const bool needsAll =
        std::ranges::any_of(nodes, [&](std::size_t node) { return graph.needsAll(node); });
    Knot knot{last};
    for (const std::size_t node : needsAll ? waiters : graph.circleOf(last, nodes)) {
      if (node < sightings_.size() && node != last) knot.push_back(node);
    }
    found.push_back(std::move(knot));
  }
  return found;
}

}  // namespace troop::deadlock
