#include "runtime/sim/disk/outage.h"

#include <algorithm>
#include <utility>

namespace troop::sim {

Outage::Outage(Draw draw, std::vector<std::uint64_t> numbers) : draw_(std::move(draw)) {
  // Of a single change all there is to choose is said of it.
  if (numbers.size() < 2) return;
  std::ranges::sort(numbers);
  switch (draw_(ChoiceKind::outage, 3)) {
    case 1:
      eachByItself_ = false;
      break;
    case 2: {
      eachByItself_ = false;
      // Not all, and not none.
      const std::size_t last = numbers.size() - 1;
      const std::size_t places = std::min(last, placesMax);
      const std::size_t chosen = places < 2 ? 0 : draw_(ChoiceKind::outage, places);
      lastKept_ = numbers[spread(chosen, places, last) - 1];
      break;
    }
    default:
      break;
  }
}

std::size_t Outage::spread(std::size_t n, std::size_t places, std::size_t last) noexcept {
  return places < 2 ? 1 : 1 + n * (last - 1) / (places - 1);
}

bool Outage::keeps(std::uint64_t number) {
  return eachByItself_ ? draw_(ChoiceKind::kept, 2) == 0 : number <= lastKept_;
}

Outage::Part Outage::keptOf(std::uint64_t number, std::size_t sectors) {
  if (sectors < 2 || !eachByItself_) return {0, keeps(number) ? sectors : 0};
  const std::size_t how = draw_(ChoiceKind::kept, 4);
  if (how < 2) return {0, how == 0 ? sectors : 0};
  const std::size_t places = std::min(sectors - 1, placesMax);
  const std::size_t chosen = places < 2 ? 0 : draw_(ChoiceKind::kept, places);
  const std::size_t place = spread(chosen, places, sectors - 1);
  return how == 2 ? Part{0, place} : Part{place, sectors};
}

}  // namespace troop::sim
