// Permission to know the time: the wall clock, and a monotonic clock that begins when the guest
// does. A guest without it sees time stand still at 0.
//
// Limits: `resolution`, to which both are rounded down; fine clocks let a guest measure what others
// do in the caches that it shares with them.
//
//   GuestOptions options{.grants = {allow::Clock{.resolution = 1ms}}};
#pragma once

#include "runtime/time.h"

namespace troop::sandbox::allow {

struct Clock {
  Duration resolution = 100us;  // 1 ns to 1 s
};

}  // namespace troop::sandbox::allow
