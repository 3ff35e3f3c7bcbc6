#include "tools/troop/hosting/hosted-troop.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/process.h"

namespace troop::hosting {
namespace {

// A life this many times as long as the longest pause is no part of a series of deaths any more.
constexpr int soundLifePauses = 10;

void add(sandbox::Usage& sum, const sandbox::Usage& usage) {
  sum.cpu += usage.cpu;
  sum.cpuOnLoans += usage.cpuOnLoans;
  sum.cpuOver = std::max(sum.cpuOver, usage.cpuOver);
  sum.memoryBytes = usage.memoryBytes;
  sum.memoryPeakBytes = std::max(sum.memoryPeakBytes, usage.memoryPeakBytes);
  sum.callsServed += usage.callsServed;
  sum.callsFailed += usage.callsFailed;
  sum.callsMade += usage.callsMade;
  sum.callsRefused += usage.callsRefused;
  sum.slices += usage.slices;
  sum.migrations += usage.migrations;
}

// "failed: " of "failed: TypeError".
std::string kindOf(const std::string& verdict) {
  constexpr std::string_view end = ": ";
  const std::size_t at = verdict.find(end);
  return at == std::string::npos ? std::string() : verdict.substr(0, at + end.size());
}

}  // namespace

HostedTroop::HostedTroop(sandbox::Host& host, const manifest::TroopEntry& entry,
                         sandbox::Image image, std::vector<sandbox::Grant> grants)
    : host_(host),
      entry_(entry),
      image_(std::move(image)),
      grants_(std::move(grants)),
      standing_(makeRef<StandingEndpoint>(entry.name.value)),
      pause_(entry.restart.pauseMin) {}

HostedTroop::~HostedTroop() {
  stop("its host has ended");
}

void HostedTroop::start() {
  beginLife();
  supervisor_ = host_.process().root().serviceThread("supervisor of " + entry_.name.value);
  supervisor_->post([](HostedTroop* self) { self->supervise(); }, assumeSendable(this)).value();
  supervisor_->close();
}

void HostedTroop::stop(const std::string& reason) {
  std::optional<sandbox::Guest> living;
  {
    std::lock_guard lock(mutex_);
    if (!stopReason_) stopReason_ = reason;
    living = guest_;
    if (living && past_.deaths.empty()) verdict_ = living->verdict().text();
  }
  stopping_.set();
  if (living) living->kill(reason);
  if (supervisor_) supervisor_->join().value();
}

bool HostedTroop::waitEnd(Time deadline) {
  return supervisor_->join(deadline).succeeded();
}

void HostedTroop::supervise() {
  const bool again = entry_.restart.policy == manifest::Restart::Policy::onDeath;
  while (true) {
    const Time born = now();
    if (const auto living = guest()) {
      if (!living->waitEnd()) continue;
      endLife(*living);
    }
    if (!again || stopping_.wait(after(pauseAfter(now() - born))) == WaitResult::signalled) return;
    beginLife();
  }
}

void HostedTroop::beginLife() {
  try {
    sandbox::Guest guest = host_.spawn(image_, {.name = entry_.name.value,
                                                .limits = entry_.limits,
                                                .grants = grants_,
                                                .weight = entry_.weight});
    std::optional<std::string> stopReason;
    {
      std::lock_guard lock(mutex_);
      ++past_.starts;
      guest_ = guest;
      stopReason = stopReason_;
    }
    standing_->serveBy(guest.capability());
    // Stopped while it was being spawned: stop() could not know of it.
    if (stopReason) guest.kill(*stopReason);
  } catch (const Error& error) {
    std::lock_guard lock(mutex_);
    ++past_.starts;
    countDeath("not started: " + error.reason());
  }
}

void HostedTroop::endLife(const sandbox::Guest& guest) {
  standing_->serveBy(proxy::Capability());
  std::lock_guard lock(mutex_);
  guest_.reset();
  add(past_.usage, guest.usage());
  if (!stopReason_) countDeath(guest.verdict().text());
}

void HostedTroop::countDeath(const std::string& verdict) {
  const bool kept = past_.deaths.contains(verdict) || past_.deaths.size() < Fate::verdictsMax;
  ++past_.deaths[kept ? verdict : kindOf(verdict) + "for other reasons"];
  verdict_ = verdict;
}

Duration HostedTroop::pauseAfter(Duration life) {
  if (life >= soundLifePauses * entry_.restart.pauseMax) pause_ = entry_.restart.pauseMin;
  return std::exchange(pause_, std::min(2 * pause_, entry_.restart.pauseMax));
}

std::optional<sandbox::Guest> HostedTroop::guest() const {
  std::lock_guard lock(mutex_);
  return guest_;
}

Fate HostedTroop::fate() const {
  std::lock_guard lock(mutex_);
  Fate fate = past_;
  fate.alive = guest_.has_value();
  fate.verdict = verdict_;
  if (guest_) {
    add(fate.usage, guest_->usage());
    if (fate.verdict.empty()) fate.verdict = guest_->verdict().text();
  }
  return fate;
}

}  // namespace troop::hosting
