#include "tests/sim/planted.h"

#include <stdexcept>

namespace troop::tests {

std::vector<Planted> planted() {
  std::vector<Planted> all;
  for (const auto& some : {plantedWakeUps(), plantedLifetimes(), plantedOrders(), plantedUpdates(),
                           plantedMessages(), plantedStorage()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void expect(bool holds, const char* sentence) {
  if (!holds) throw std::logic_error(sentence);
}

}  // namespace troop::tests
