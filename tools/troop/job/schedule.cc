#include "tools/troop/job/schedule.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

namespace troop::job {

Mix::Mix(std::vector<double> weights)
    : weights_(std::move(weights)),
      credits_(weights_.size(), 0),
      total_(std::accumulate(weights_.begin(), weights_.end(), 0.0)) {}

std::size_t Mix::next() {
  for (std::size_t i = 0; i < weights_.size(); ++i) credits_[i] += weights_[i];
  const auto richest = std::max_element(credits_.begin(), credits_.end());
  *richest -= total_;
  return static_cast<std::size_t>(richest - credits_.begin());
}

std::vector<DueCall> poissonSchedule(Mix mix, double perSecond, Duration length,
                                     std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<DueCall> calls;
  const double lengthSeconds = std::chrono::duration<double>(length).count();
  double at = 0;
  while (true) {
    // Written out, since the standard leaves the results of its distributions to each library.
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    at += -std::log1p(-uniform) / perSecond;
    if (at >= lengthSeconds) return calls;
    const std::chrono::duration<double> due(at);
    calls.push_back({std::chrono::duration_cast<Duration>(due), mix.next()});
  }
}

}  // namespace troop::job
