#include "tools/troop/job/latencies.h"

#include <algorithm>
#include <cmath>

namespace troop::job {

void Latencies::merge(const Latencies& other) {
  latencies_.insert(latencies_.end(), other.latencies_.begin(), other.latencies_.end());
}

Duration Latencies::quantile(double q) const {
  if (latencies_.empty()) return Duration(0);
  std::vector<Duration> ranked = latencies_;
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(ranked.size())));
  const std::size_t index = std::clamp<std::size_t>(rank, 1, ranked.size()) - 1;
  std::nth_element(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(index),
                   ranked.end());
  return ranked[index];
}

}  // namespace troop::job
