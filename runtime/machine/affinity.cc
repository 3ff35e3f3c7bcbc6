#include "runtime/machine/affinity.h"

#include <unistd.h>

#include <algorithm>

#include "runtime/machine/processors.h"

namespace troop::machine {

Affinity Affinity::ofMain() noexcept {
  return Affinity(getpid());
}

unsigned Affinity::count() const noexcept {
  if (!known_) return processorsOfMachine();
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set_)));
}

void Affinity::applyToCaller() const noexcept {
  if (!known_ || Affinity() == *this) return;
  // The kernel keeps what was asked for and takes the cpusets off: who asks for all CPUs is given
  // those that a cpuset gets later, who asks for the mask itself is not.
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  sched_setaffinity(0, sizeof(all), &all);
  if (Affinity() != *this) sched_setaffinity(0, sizeof(set_), &set_);
}

bool Affinity::operator==(const Affinity& other) const noexcept {
  if (!known_ || !other.known_) return known_ == other.known_;
  return CPU_EQUAL(&set_, &other.set_) != 0;
}

}  // namespace troop::machine
