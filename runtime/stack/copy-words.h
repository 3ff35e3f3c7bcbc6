// Copies words of a stack whose frames are other code's: between their variables sanitizers have
// poisoned bytes, and what stands there was written by whoever ran on it.
//
// Threads: any, also in handlers of signals. Misuse: of words that somebody writes meanwhile.
//
//   copyWords(copy.data(), static_cast<const std::uint64_t*>(from), copy.size());
#pragma once

#include <cstddef>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {

void copyWords(std::uint64_t* to, const std::uint64_t* from, std::size_t words) noexcept;

}  // namespace troop
