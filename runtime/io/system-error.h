// What the operating system refused, as an Error: what was to be done, where, and the system's own
// name for why.
//
// Ownership: a value, with texts of its own. Threads: any. Limits: three kinds and no detail; an
// error that the system has no name for is told as that. Fails: std::bad_alloc. Misuse: a result of
// 0 or more, which says that nothing was refused.
//
//   return systemError(-ECONNRESET, "reading from", "127.0.0.1:80");
//   // disconnected: reading from 127.0.0.1:80: ECONNRESET (Connection reset by peer)
#pragma once

#include <string_view>

#include "runtime/error.h"

namespace [[gnu::visibility("hidden")]] troop {

// `result` as calls return it, below 0. disconnected where the other side, or this one, is gone;
// overloaded where something has run out; failed otherwise.
Error systemError(long result, std::string_view what, std::string_view where);

}  // namespace troop
