// Text that a guest, or whoever wrote its code, chose, made fit to be shown: in logs, in verdicts,
// in errors, on terminals. What comes out is one line of valid UTF-8 without control characters, so
// it cannot steer a terminal, pretend to be another line, or show itself in another order than it
// has.
//
// Threads: any. Limits: what is over `bytesMax` is cut off.
//
//   printable("a\x1b[2Jb\nc", 100);  // "a [2Jb c"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troop::sandbox {

std::string printable(std::string_view text, std::size_t bytesMax);

}  // namespace troop::sandbox
