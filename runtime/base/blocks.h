// Memory for small objects that are made on one carrier and end on another by the million: the
// control blocks of Threads and Tasks, and what they call. Taking and giving back costs a few
// nanoseconds: each OS thread keeps some blocks, and what one gives back and another one takes goes
// between them in batches.
//
//   chunk     2 MiB, unmapped when nothing of it is in use, but for a few. Beyond `keptMax` empty
//             slabs of chunks that are in use give their pages back
//   slab      64 KiB of a chunk, whose blocks are all of one size; one that is empty is there for
//             whatever size needs one next
//   depot     the slabs of one size that have room
//   cache     of an OS thread: up to two batches of blocks of each size
//
// Ownership: whoever takes a block gives it back, with the size that it asked for. Threads: any,
// also as they end. Limits: larger and over-aligned ones are those of operator new. Fails:
// std::bad_alloc. Under AddressSanitizer and ThreadSanitizer all are, so that these see who uses
// what was freed.
//
//   class Task : public InBlock {...};
//   delete new Task();
#pragma once

#include <cstddef>
#include <new>

namespace [[gnu::visibility("hidden")]] troop {

namespace blocks {

inline constexpr std::size_t granuleBytes = 16;
inline constexpr std::size_t blockBytesMax = 1024;
inline constexpr std::size_t slabBytes = std::size_t{64} << 10;
inline constexpr std::size_t chunkBytes = std::size_t{2} << 20;
inline constexpr std::size_t emptyChunksMax = 2;
inline constexpr std::size_t keptMax = 256;  // empty slabs with pages

// Never inlined: they read what is the OS thread's.
[[gnu::noinline]] void* allocate(std::size_t bytes);
[[gnu::noinline]] void free(void* block, std::size_t bytes) noexcept;

// That are mapped.
std::size_t chunks() noexcept;

}  // namespace blocks

// What derives from it stands in such a block, where it is made by `new`.
class InBlock {
 public:
  static void* operator new(std::size_t bytes) { return blocks::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    blocks::free(block, bytes);
  }
  static void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return ::operator new(bytes, alignment);
  }
  static void operator delete(void* block, std::size_t bytes, std::align_val_t alignment) noexcept {
    ::operator delete(block, bytes, alignment);
  }
};

}  // namespace troop
