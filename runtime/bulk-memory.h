// Memory of one object that may be large and does not last, as a message. Large pieces that were
// given back are used again for some seconds: malloc() would have the kernel take their pages and
// clear new ones, which takes longer than to write them.
//
// Ownership: the caller's, until it is given back. Threads: any. Limits: what is kept for that is
// what was in use some seconds ago, at most; it is charged to nobody. Fails: null. Misuse: to give
// back with another size.
//
//   void* room = takeBulk(bytes, Contents::zeroes);
//   giveBulkBack(room, bytes);
#pragma once

#include <cstddef>

namespace [[gnu::visibility("hidden")]] troop {

enum class Contents : unsigned char { zeroes, whatever };

// Aligned as malloc() does.
void* takeBulk(std::size_t bytes, Contents contents) noexcept;
void giveBulkBack(void* memory, std::size_t bytes) noexcept;

}  // namespace troop
