#include "runtime/sim/pct-choices.h"

#include <utility>

namespace troop::sim {

PctChoices::PctChoices(std::uint64_t seed, Parameters parameters) : random_(seed) {
  for (unsigned change = 1; change < parameters.depth; ++change) {
    changes_.push_back(parameters.steps > 0 ? random_() % parameters.steps : 0);
  }
}

std::size_t PctChoices::choose(const Point& point) {
  if (point.kind() != ChoiceKind::task) countStep(point);
  candidates_.clear();
  point.candidates(0, candidates_);
  if (candidates_.empty()) {  // it is about something else than who goes on
    const std::size_t oneIn = point.deviatesOneIn();
    if (oneIn == 0) return random_() % point.options();
    return random_() % oneIn == 0 ? 1 + random_() % (point.options() - 1) : 0;
  }
  return highest(point);
}

void PctChoices::countStep(const Point& point) {
  if (++sinceFall_ > choicesMax) {
    sinceFall_ = 0;
    standingOf(point.running()).priority = --lowest_;
  }
  for (std::size_t change = 0; change < changes_.size(); ++change) {
    if (changes_[change] != step_) continue;
    standingOf(point.running()).priority = static_cast<Priority>(change + 1);
  }
  ++step_;
}

std::size_t PctChoices::highest(const Point& point) {
  std::size_t best = 0;
  Standing* first = nullptr;
  for (std::size_t option = 0; option < point.options(); ++option) {
    candidates_.clear();
    point.candidates(option, candidates_);
    for (const Candidate& candidate : candidates_) {
      Standing& standing = standingOf(candidate.actor);
      // Once for each time: it is seen here until it goes on, which would else never be.
      if (candidate.yielded && !std::exchange(standing.fell, true)) standing.priority = --lowest_;
      if (first != nullptr && standing.priority <= first->priority) continue;
      first = &standing;
      best = option;
    }
  }
  if (first != nullptr) first->fell = false;
  return best;
}

PctChoices::Standing& PctChoices::standingOf(Actor actor) {
  const auto [found, isNew] = standings_.try_emplace(actor, Standing{});
  // Above those of changes; two are the same once in a blue moon.
  if (isNew) found->second.priority = (Priority{1} << 32) + static_cast<Priority>(random_() >> 2);
  return found->second;
}

}  // namespace troop::sim
