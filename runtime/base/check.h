// Invariants that stay on in release builds: a program that breaks one stops at once, with the
// sentence it broke and where, instead of going on with corrupt state.
//
//   check(task != nullptr, "only a Task opens a scope");
#pragma once

#include <source_location>

namespace [[gnu::visibility("hidden")]] troop {

// Prints `sentence` and `where`, then aborts.
[[noreturn]] void checkFailed(const char* sentence, const std::source_location& where) noexcept;

inline void check(bool holds, const char* sentence,
                  const std::source_location& where = std::source_location::current()) noexcept {
  if (!holds) [[unlikely]]
    checkFailed(sentence, where);
}

}  // namespace troop
