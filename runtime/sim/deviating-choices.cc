#include "runtime/sim/deviating-choices.h"

namespace troop::sim {

std::size_t DeviatingChoices::choose(const Point& point) {
  const std::uint64_t at = options_.size();
  options_.push_back(static_cast<std::uint32_t>(point.options()));
  const bool deviates = next_ < deviations_.size() && deviations_[next_].at == at;
  goesOnAlone_ = point.kind() == ChoiceKind::preemption && !deviates ? goesOnAlone_ + 1 : 0;
  if (deviates) return deviations_[next_++].option % point.options();
  if (goesOnAlone_ <= goesOnAloneMax) return 0;
  goesOnAlone_ = 0;
  return 1;
}

}  // namespace troop::sim
