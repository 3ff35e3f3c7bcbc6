// Finds the name that somebody probably meant, for "did you mean ...?".
//
// Threads: any; a pure function. Limits: the cost is the product of the lengths, so `given` is only
// compared when it is at most 64 bytes long.
//
//   nearestName("memroy", {"memory", "cpu"});   // "memory"
//   nearestName("xyz", {"memory", "cpu"});      // nothing: too far from all
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace troop::manifest {

// The name with the fewest insertions, removals, replacements and swaps of neighbours from `given`,
// if these are at most a third of its length (and at least one is always allowed); the first of
// equals.
std::optional<std::string_view> nearestName(std::string_view given,
                                            std::span<const std::string_view> names);

}  // namespace troop::manifest
