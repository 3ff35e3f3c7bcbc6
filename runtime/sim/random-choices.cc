#include "runtime/sim/random-choices.h"

namespace troop::sim {

std::size_t RandomChoices::choose(const Point& point) {
  const unsigned oneIn = point.deviatesOneIn();
  if (oneIn == 0) return draw(point.options());
  return draw(oneIn) == 0 ? 1 + draw(point.options() - 1) : 0;
}

}  // namespace troop::sim
