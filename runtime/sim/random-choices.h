// Choices drawn at random from a seed: everything is possible everywhere.
//
//   RandomChoices choices(seed);
#pragma once

#include <cstdint>
#include <random>

#include "runtime/sim/choice-source.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class RandomChoices final : public ChoiceSource {
 public:
  explicit RandomChoices(std::uint64_t seed) : random_(seed) {}

  std::size_t choose(const Point& point) override;

 private:
  std::size_t draw(std::size_t count) { return random_() % count; }

  std::mt19937_64 random_;
};

}  // namespace sim
}  // namespace troop
