// How limits and measurements are written for people: `50 ms`, `1.5 s`, `32 MiB`.
//
// Ownership: the text is the caller's. Threads: any. Limits: two or three digits, to be read and
// not to be parsed. Fails: where there is no memory for a string. Misuse: output of programs, which
// wants plain numbers.
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
