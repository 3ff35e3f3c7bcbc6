#include "runtime/sim/exploration.h"

#include <utility>

namespace troop::sim {

std::optional<Deviations> Exploration::next() {
  if (!std::exchange(begun_, true)) return Deviations();
  while (!parents_.empty()) {
    const Parent& parent = parents_.front();
    if (deviation_.option == 0) {
      deviation_ = {.at = parent.deviations.empty() ? 0 : parent.deviations.back().at + 1,
                    .option = 1};
    }
    for (; deviation_.at < parent.options.size(); ++deviation_.at, deviation_.option = 1) {
      if (deviation_.option >= parent.options[deviation_.at]) continue;
      Deviations child = parent.deviations;
      child.push_back(deviation_);
      ++deviation_.option;
      return child;
    }
    parents_.pop_front();
    deviation_ = {};
  }
  return {};
}

void Exploration::ran(const Deviations& deviations, std::vector<std::uint32_t> options) {
  if (deviations.size() >= deviationsMax_) return;
  parents_.push_back({deviations, std::move(options)});
}

}  // namespace troop::sim
