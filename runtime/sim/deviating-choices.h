// The choices of a run that does what it does by default but at the points that a list names.
//
// Who waits by looking again and again would keep others from what it waits for, so one that has
// entered a great many primitives while others are ready lets the one go on that waits longest.
//
//   DeviatingChoices choices({{.at = 17, .option = 1}});
//   ... choices.options()       // how many there were at each choice
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/sim/choice-source.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

// The choice number `at` of a run, counted from 0, is `option`.
struct Deviation {
  std::uint64_t at = 0;
  std::uint32_t option = 0;

  friend bool operator==(const Deviation&, const Deviation&) = default;
};

// By `at`, which grows.
using Deviations = std::vector<Deviation>;

class DeviatingChoices final : public ChoiceSource {
 public:
  // How many primitives somebody enters before others are let go on.
  static constexpr unsigned goesOnAloneMax = 1000;

  explicit DeviatingChoices(Deviations deviations) : deviations_(std::move(deviations)) {}

  std::size_t choose(const Point& point) override;

  // Of each choice.
  const std::vector<std::uint32_t>& options() const noexcept { return options_; }

 private:
  const Deviations deviations_;
  std::size_t next_ = 0;  // of deviations_
  std::vector<std::uint32_t> options_;
  unsigned goesOnAlone_ = 0;
};

}  // namespace sim
}  // namespace troop
