#include "runtime/sim/pct-choices.h"

#include <limits>

namespace troop::sim {

PctChoices::PctChoices(std::uint64_t seed, Parameters parameters) : random_(seed) {
  for (unsigned change = 1; change < parameters.depth; ++change) {
    changes_.push_back(parameters.steps > 0 ? random_() % parameters.steps : 0);
  }
}

std::size_t PctChoices::choose(const Point& point) {
  candidates_.clear();
  point.candidates(0, candidates_);
  if (candidates_.empty()) {  // it is about something else than who goes on
    const std::size_t oneIn = point.deviatesOneIn() > 0 ? point.deviatesOneIn() : point.options();
    return random_() % oneIn == 0 ? 1 + random_() % (point.options() - 1) : 0;
  }
  if (point.kind() != ChoiceKind::task) countStep(point);
  return highest(point);
}

void PctChoices::countStep(const Point& point) {
  if (++sinceFall_ > choicesMax) {
    sinceFall_ = 0;
    priorityOf(point.running()) = --lowest_;
  }
  for (std::size_t change = 0; change < changes_.size(); ++change) {
    if (changes_[change] == step_) priorityOf(point.running()) = static_cast<Priority>(change + 1);
  }
  ++step_;
}

std::size_t PctChoices::highest(const Point& point) {
  std::size_t best = 0;
  Priority most = std::numeric_limits<Priority>::min();
  for (std::size_t option = 0; option < point.options(); ++option) {
    candidates_.clear();
    point.candidates(option, candidates_);
    for (const Candidate& candidate : candidates_) {
      Priority& priority = priorityOf(candidate.actor);
      if (candidate.yielded) priority = --lowest_;
      if (priority <= most) continue;
      most = priority;
      best = option;
    }
  }
  return best;
}

PctChoices::Priority& PctChoices::priorityOf(Actor actor) {
  const auto [found, isNew] = priorities_.try_emplace(actor, 0);
  // Above those of changes; two are the same once in a blue moon.
  if (isNew) found->second = (Priority{1} << 32) + static_cast<Priority>(random_() >> 2);
  return found->second;
}

}  // namespace troop::sim
