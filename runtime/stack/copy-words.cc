#include "runtime/stack/copy-words.h"

#include <cstring>

#include "runtime/base/sanitizers.h"

namespace troop {

// Not by memcpy where sanitizers look, which they watch.
__attribute__((no_sanitize("address", "thread"))) void copyWords(std::uint64_t* to,
                                                                 const std::uint64_t* from,
                                                                 std::size_t words) noexcept {
  if constexpr (underSanitizer) {
    for (std::size_t i = 0; i < words; ++i) {
      to[i] = from[i];
      asm volatile("" ::: "memory");  // or the compiler makes it one memcpy
    }
  } else {
    std::memcpy(to, from, words * sizeof(std::uint64_t));
  }
}

}  // namespace troop
