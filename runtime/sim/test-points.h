// Points at which tests of a ChoiceSource say themselves who is ready.
//
//   choices.choose(TestPoint(ChoiceKind::next, {{.thread = 1}, {.thread = 2}}));
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "runtime/sim/choice-source.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class TestPoint final : public Point {
 public:
  // Each option is one Task; who runs is the first one.
  TestPoint(ChoiceKind kind, std::vector<Actor> ready, unsigned deviatesOneIn = 0)
      : Point(kind, ready.size(), ready.front(), deviatesOneIn), ready_(std::move(ready)) {}

  // This one says that it has yielded.
  TestPoint& yielded(Actor actor) {
    yielded_ = actor;
    return *this;
  }

  void candidates(std::size_t option, std::vector<Candidate>& into) const override {
    into.push_back({ready_.at(option), ready_.at(option) == yielded_});
  }

 private:
  const std::vector<Actor> ready_;
  Actor yielded_;
};

}  // namespace sim
}  // namespace troop
