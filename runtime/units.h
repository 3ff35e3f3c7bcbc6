// How limits and measurements are written for people: `50 ms`, `1.5 s`, `32 MiB`.
//
//   Error(ErrorKind::overloaded, "CPU time " + describe(cpuMax) + " reached", ErrorDetail::cpu);
#pragma once

#include <cstddef>
#include <string>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// In the largest of ns, µs, ms and s that leaves at least 1, with at most two decimals; `no limit`
// for forever.
std::string describe(Duration duration);

// In the largest of B, KiB, MiB, GiB and TiB that leaves at least 1, with at most two decimals; `no
// limit` for unlimited.
std::string describeBytes(std::size_t bytes);

}  // namespace troop
