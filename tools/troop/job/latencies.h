// Every latency of a series of calls, kept exactly, and the quantiles over them.
//
// Threads: one at a time; a sender keeps its own and they are merged. Limits: 8 bytes a call.
// Misuse: a quantile of no calls is 0.
//
//   Latencies latencies;
//   latencies.add(now() - due);
//   latencies.quantile(0.99);
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/time.h"

namespace troop::job {

class Latencies {
 public:
  void add(Duration latency) { latencies_.push_back(latency); }
  void merge(const Latencies& other);

  std::size_t count() const noexcept { return latencies_.size(); }

  // The least latency that is not exceeded by at least the fraction `q` (0 to 1) of all: the
  // nearest rank.
  Duration quantile(double q) const;

 private:
  std::vector<Duration> latencies_;
};

}  // namespace troop::job
