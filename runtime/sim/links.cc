#include "runtime/sim/links.h"

#include <algorithm>

#include "runtime/sim/simulated-scheduler.h"

namespace troop::sim {
namespace {

// How many different times there are between the least and the most.
constexpr std::size_t times = 8;

}  // namespace

Links::Links(SimulatedScheduler& scheduler, const Network& network)
    : scheduler_(scheduler), network_(network) {}

void Links::cut(MachineNumber one, MachineNumber other) {
  if (one != other) cutUntil_[pairOf(one, other)] = never;
}

void Links::heal(MachineNumber one, MachineNumber other) {
  cutUntil_.erase(pairOf(one, other));
}

bool Links::areCut(MachineNumber one, MachineNumber other) const {
  if (off_.contains(one) || off_.contains(other)) return true;
  const auto found = cutUntil_.find(pairOf(one, other));
  return found != cutUntil_.end() && scheduler_.now() < found->second;
}

void Links::drawCut(MachineNumber from, MachineNumber to) {
  if (from == to || network_.cutOneIn == 0 || areCut(from, to)) return;
  const std::size_t drawn = scheduler_.drawFault(ChoiceKind::cut, 1 + times, network_.cutOneIn);
  if (drawn == 0) return;
  cutUntil_[pairOf(from, to)] =
      scheduler_.now() + between(network_.cutMin, network_.cutMax, drawn - 1);
}

Duration Links::drawDelay() {
  if (network_.delayMax <= network_.delayMin) return network_.delayMin;
  return between(network_.delayMin, network_.delayMax,
                 scheduler_.drawFault(ChoiceKind::delay, times, 0));
}

Duration Links::between(Duration least, Duration most, std::size_t n) {
  return least +
         (most - least) * static_cast<Duration::rep>(n) / static_cast<Duration::rep>(times - 1);
}

void Links::carry(MachineNumber from, MachineNumber to, std::function<void()> arrive) {
  drawCut(from, to);
  const auto happens = [&](ChoiceKind kind, unsigned oneIn) {
    return oneIn != 0 && scheduler_.drawFault(kind, 2, oneIn) == 1;
  };
  if (happens(ChoiceKind::loss, network_.lossOneIn)) return;
  const int copies = happens(ChoiceKind::twice, network_.twiceOneIn) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    scheduler_.timers().call(scheduler_.now() + drawDelay(), [this, from, to, arrive] {
      if (!areCut(from, to)) arrive();
    });
  }
}

std::shared_ptr<Lane> Links::lane(MachineNumber from, MachineNumber to) {
  return std::make_shared<Lane>(*this, from, to);
}

void Lane::send(std::function<void()> arrive) {
  links_.drawCut(from_, to_);
  const Time due = links_.scheduler_.now() + links_.drawDelay();
  onItsWay_.push_back({due, std::move(arrive)});
  if (onItsWay_.size() == 1) lookAt(due);
}

void Lane::lookAt(Time when) {
  // Kept until then, also where both ends are gone.
  links_.scheduler_.timers().call(when, [lane = shared_from_this()] { lane->look(); });
}

void Lane::look() {
  if (onItsWay_.empty()) return;
  if (links_.areCut(from_, to_)) {
    if (tries_ == triesMax_) {
      drop();
      if (const auto givenUp = std::exchange(givenUp_, nullptr)) givenUp();
      return;
    }
    return lookAt(links_.scheduler_.now() +
                  std::min(retryMax, retryFirst * (std::int64_t{1} << tries_++)));
  }
  tries_ = 0;
  const Parcel first = std::move(onItsWay_.front());
  onItsWay_.pop_front();
  if (!onItsWay_.empty()) {
    lookAt(std::max(links_.scheduler_.now(), onItsWay_.front().due));
  }
  first.arrive();
}

void Lane::drop() noexcept {
  onItsWay_.clear();
}

void Lane::giveUpAfter(unsigned tries, std::function<void()> givenUp) {
  triesMax_ = tries;
  givenUp_ = std::move(givenUp);
}

}  // namespace troop::sim
