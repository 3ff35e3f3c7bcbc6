#include "runtime/deadlock/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>

#include "runtime/deadlock/known-wait.h"
#include "runtime/deadlock/look.h"
#include "runtime/error.h"
#include "runtime/time.h"

namespace troop::deadlock {
namespace {

Error deadlockError(const std::string& report) {
  return Error(ErrorKind::failed, report, ErrorDetail::deadlock, Executed::no);
}

// What one look has found, and another one has to confirm.
std::vector<std::vector<Sighting>> suspects(const Look& before, const Look& look) {
  std::vector<std::vector<Sighting>> found;
  for (const Circle& circle : look.circles()) {
    std::vector<Sighting> waiters;
    for (const std::size_t index : circle) waiters.push_back(look.sightings()[index]);
    const bool stayed =
        std::ranges::all_of(waiters, [&](const Sighting& s) { return before.find(s) != nullptr; });
    if (stayed) found.push_back(std::move(waiters));
  }
  return found;
}

std::string reportOf(const std::vector<Sighting>& circle) {
  std::string report = fmt::format("deadlock: {} wait for each other", circle.size());
  if (circle.size() == 1) report = "deadlock: one waits for itself";
  for (const Sighting& sighting : circle) {
    report += "\n  " + sighting.text;
    if (sighting.order == 0) continue;
    report += fmt::format(", since {:.3f} s",
                          std::chrono::duration<double>(now() - sighting.since).count());
  }
  return report;
}

// Ends the wait of the one that began last and may be told; false where there is none.
bool breakCircle(const std::vector<Sighting>& circle, const std::string& report) {
  std::vector<const Sighting*> candidates;
  for (const Sighting& sighting : circle) {
    if (sighting.mayBreak == MayBreak::yes) candidates.push_back(&sighting);
  }
  if (candidates.empty()) return false;
  const Sighting& last = **std::ranges::max_element(
      candidates, {}, [](const Sighting* sighting) { return sighting->order; });
  std::optional<Error> error = deadlockError(report);
  bool broken = false;
  KnownWaits::forEach([&](KnownWaitRecord& record) {
    if (record.order != last.order || record.waiter->ticket() != last.ticket) return;
    record.broken.swap(error);  // before it goes on
    broken = record.waiter->signal(last.ticket, WaitResult::cancelled);
    if (!broken) record.broken.swap(error);
  });
  return broken;
}

// True the first time.
bool markReported(const std::vector<Sighting>& circle) {
  bool wasReported = true;
  std::unordered_set<std::uint64_t> orders;
  for (const Sighting& sighting : circle) {
    if (sighting.order != 0) orders.insert(sighting.order);
  }
  KnownWaits::forEach([&](KnownWaitRecord& record) {
    if (!orders.contains(record.order)) return;
    wasReported &= std::exchange(record.wasReported, true);
  });
  return !wasReported;
}

}  // namespace

std::vector<Found> search(Then then) {
  const std::unordered_set<const Waiter*> nobody;
  const Look before(nobody);
  if (before.sightings().empty()) return {};
  const Look look(nobody);
  const std::vector<std::vector<Sighting>> suspected = suspects(before, look);
  if (suspected.empty()) return {};
  std::unordered_set<const Waiter*> described;
  for (const std::vector<Sighting>& circle : suspected) {
    for (const Sighting& sighting : circle) described.insert(sighting.waiter);
  }
  const Look after(described);
  std::vector<Found> found;
  for (const std::vector<Sighting>& circle : suspected) {
    std::vector<Sighting> confirmed;
    for (const Sighting& sighting : circle) {
      if (const Sighting* still = after.find(sighting)) confirmed.push_back(*still);
    }
    if (confirmed.size() != circle.size()) continue;
    // From the one that has waited longest on, so that the same circle is told in the same way.
    std::ranges::rotate(confirmed, std::ranges::min_element(confirmed, {}, [](const Sighting& s) {
                          return s.order - 1;  // those without one come last
                        }));
    Found one{.report = reportOf(confirmed), .waiters = confirmed.size(), .broken = false};
    if (then == Then::breakIt) {
      one.broken = breakCircle(confirmed, one.report);
      if (!one.broken && !markReported(confirmed)) continue;
    }
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace troop::deadlock
