#include "runtime/deadlock/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>

#include "runtime/deadlock/known-wait.h"
#include "runtime/deadlock/look.h"
#include "runtime/deadlock/watch.h"
#include "runtime/error.h"
#include "runtime/thread.h"
#include "runtime/time.h"
#include "runtime/troop.h"

namespace troop::deadlock {
namespace {

constinit std::atomic<DescribeStacks> describeStacks{nullptr};

using Waiters = std::vector<Sighting>;

std::string headOf(const Waiters& waiters) {
  if (waiters.size() == 1) return "deadlock: one waits for itself";
  return fmt::format("deadlock: {} wait for each other", waiters.size());
}

std::string lineOf(const Sighting& sighting) {
  std::string line = "\n  an OS thread of the host";
  if (sighting.kept) {
    line = fmt::format("\n  Task {} of Thread '{}' of troop '{}'", sighting.task,
                       sighting.kept->name(), sighting.kept->troop().name());
  }
  line += fmt::format(" waits for {}", sighting.what);
  if (sighting.order == 0) return line;
  const std::chrono::duration<double> waited = now() - sighting.since;
  return line + fmt::format(", since {:.3f} s", waited.count());
}

std::vector<std::string> stacksOf(const Waiters& waiters) {
  std::vector<WaitingTask> tasks;
  for (const Sighting& each : waiters) {
    if (each.kept && tasks.size() < tasksToldMax) tasks.push_back({each.kept, each.task});
  }
  const DescribeStacks describe = describeStacks.load();
  std::vector<std::string> stacks;
  if (describe != nullptr) stacks = describe(tasks);
  stacks.resize(tasks.size());
  return stacks;
}

// For the host.
std::string reportOf(const Waiters& waiters) {
  std::string report = headOf(waiters);
  const std::vector<std::string> stacks = stacksOf(waiters);
  std::size_t told = 0, withStack = 0;
  for (; told < std::min(waiters.size(), tasksToldMax); ++told) {
    report += lineOf(waiters[told]);
    if (!waiters[told].kept) continue;
    if (const std::string& stack = stacks[withStack++]; !stack.empty()) report += '\n' + stack;
  }
  if (told < waiters.size()) report += fmt::format("\n  and {} more", waiters.size() - told);
  return report;
}

// For `receiver`, who learns nothing of other troops but that they are in it.
Error errorFor(const Sighting& receiver, const Waiters& waiters) {
  std::string reason = headOf(waiters);
  std::size_t told = 0;
  for (const Sighting& each : waiters) {
    const bool isOwn = receiver.thread == nullptr || each.troop == receiver.troop;
    if (!isOwn || told == tasksToldMax) continue;
    reason += lineOf(each);
    ++told;
  }
  if (told < waiters.size()) reason += fmt::format("\n  and {} more", waiters.size() - told);
  return Error(ErrorKind::failed, reason, ErrorDetail::deadlock, Executed::no);
}

template <typename Visit>
void forEachWait(Process& process, Visit visit) {
  Watch::waitsOf(process).forEach(visit);
  if (!Watch::isSimulated(process)) KnownWaits::ofOsThreads().forEach(visit);
}

// Ends the wait of the first one; false where that cannot be told.
bool breakFirst(Process& process, const Look& look, const Waiters& waiters) {
  const Sighting& last = waiters.front();
  if (last.mayBreak == MayBreak::no) return false;
  if (last.order == 0) {
    Watch::endsOf(process).refuse(last.thread, last.self, last.ticket, errorFor(last, waiters));
    return look.endInChannels(last);
  }
  std::optional<Error> error = errorFor(last, waiters);
  bool broken = false;
  forEachWait(process, [&](KnownWaitRecord& record) {
    if (record.order != last.order || record.waiter->ticket() != last.ticket) return;
    record.broken.swap(error);  // before it goes on
    broken = record.waiter->signal(last.ticket, WaitResult::cancelled);
    if (!broken) record.broken.swap(error);
  });
  return broken;
}

// True the first time.
bool markReported(Process& process, const Waiters& waiters) {
  bool wasReported = true;
  std::unordered_set<std::uint64_t> orders;
  for (const Sighting& sighting : waiters) {
    if (sighting.order != 0) orders.insert(sighting.order);
  }
  if (orders.empty()) return true;
  forEachWait(process, [&](KnownWaitRecord& record) {
    if (!orders.contains(record.order)) return;
    wasReported &= std::exchange(record.wasReported, true);
  });
  return !wasReported;
}

}  // namespace

std::vector<Found> search(Process& process, Then then) {
  std::unordered_set<const Waiter*> described;
  const Look before(process, described);
  if (before.sightings().empty()) return {};
  const Look look(process, described);
  const auto stayed = [&](const Sighting& each) { return before.find(each) != nullptr; };
  for (const Knot& knot : look.knots(stayed)) {
    for (const std::size_t index : knot) described.insert(look.sightings()[index].waiter);
  }
  if (described.empty()) return {};
  const Look after(process, described);
  std::vector<Found> found;
  for (const Knot& knot : look.knots(
           [&](const Sighting& each) { return stayed(each) && after.find(each) != nullptr; })) {
    Waiters waiters;
    for (const std::size_t index : knot) waiters.push_back(*after.find(look.sightings()[index]));
    // Another circle than before; the next search describes it.
    const bool areDescribed = std::ranges::all_of(waiters, [](const Sighting& each) {
      return each.thread == nullptr || static_cast<bool>(each.kept);
    });
    if (!areDescribed) continue;
    Found one{.report = reportOf(waiters), .waiters = waiters.size(), .broken = false};
    if (then == Then::breakIt) {
      one.broken = breakFirst(process, after, waiters);
      if (!one.broken && !markReported(process, waiters)) continue;
    }
    found.push_back(std::move(one));
  }
  return found;
}

void describeStacksBy(DescribeStacks describe) noexcept {
  describeStacks.store(describe);
}

}  // namespace troop::deadlock
