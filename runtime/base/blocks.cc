#include "runtime/base/blocks.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <mutex>
#include <utility>

#include "runtime/base/sanitizers.h"
#include "runtime/base/short-lock.h"

namespace troop::blocks {
namespace {

constexpr bool ofOperatorNew = underSanitizer;

constexpr std::size_t sizes = blockBytesMax / granuleBytes;
static_assert(chunkBytes / slabBytes == 32, "a chunk has a bit for each slab");

// Of what is as large and aligned as `bytes`, a power of two.
std::byte* beginOf(void* within, std::size_t bytes) noexcept {
  return static_cast<std::byte*>(within) - reinterpret_cast<std::uintptr_t>(within) % bytes;
}

// A block that nobody uses.
struct Block {
  Block* next;
};

struct Batch {
  Block* first = nullptr;
  unsigned count = 0;

  void push(Block& block) noexcept {
    block.next = first;
    first = &block;
    ++count;
  }
  Block* pop() noexcept {
    Block* block = first;
    if (block == nullptr) return nullptr;
    first = block->next;
    --count;
    return block;
  }
};

constexpr std::size_t bytesOf(std::size_t size) noexcept {
  return (size + 1) * granuleBytes;
}

// How many blocks go between an OS thread and the depot at once.
constexpr unsigned batchOf(std::size_t size) noexcept {
  return static_cast<unsigned>(std::clamp<std::size_t>(16'384 / bytesOf(size), 16, 64));
}

// At the beginning of its 64 KiB; protected by the lock of its depot while it has a size.
struct alignas(64) Slab {
  Block* freed;
  std::uint32_t used;   // blocks outside of it
  std::uint32_t fresh;  // the offset from which on no block was ever used
  std::size_t size;
  // In the list of those with room.
  Slab* previous;
  Slab* next;

  static Slab& of(Block& block) noexcept {
    return *reinterpret_cast<Slab*>(beginOf(&block, slabBytes));
  }
  void begin(std::size_t itsSize) noexcept {
    freed = nullptr;
    used = 0;
    fresh = sizeof(Slab);
    size = itsSize;
  }
  bool hasRoom() const noexcept { return freed != nullptr || fresh + bytesOf(size) <= slabBytes; }
  Block& take() noexcept {
    ++used;
    if (Block* block = freed) {
      freed = block->next;
      return *block;
    }
    auto* block = reinterpret_cast<Block*>(reinterpret_cast<std::byte*>(this) + fresh);
    fresh += bytesOf(size);
    return *block;
  }
  void give(Block& block) noexcept {
    --used;
    block.next = freed;
    freed = &block;
  }
};

// The last one first.
template <typename T>
struct DoubleList {
  T* first = nullptr;

  void push(T& element) noexcept {
    element.previous = nullptr;
    element.next = first;
    if (first != nullptr) first->previous = &element;
    first = &element;
  }
  void remove(T& element) noexcept {
    if (element.next != nullptr) element.next->previous = element.previous;
    (element.previous != nullptr ? element.previous->next : first) = element.next;
  }
};

// In place of the first slab of its chunk.
struct Chunk {
  std::uint32_t empty;         // a bit for each slab that is
  std::uint32_t withoutPages;  // and has given its pages back
  Chunk* previous;             // in the list of those with empty slabs
  Chunk* next;

  static Chunk& of(Slab& slab) noexcept {
    return *reinterpret_cast<Chunk*>(beginOf(&slab, chunkBytes));
  }
  Slab& slab(unsigned index) noexcept {
    return *reinterpret_cast<Slab*>(reinterpret_cast<std::byte*>(this) + index * slabBytes);
  }
};

// All slabs but its own.
constexpr std::uint32_t wholeChunk = ~std::uint32_t{1};

// Empty slabs.
class Slabs {
 public:
  Slab& take() {
    const std::lock_guard lock(mutex_);
    if (chunksWithEmpty_.first == nullptr) addChunk();
    Chunk& chunk = *chunksWithEmpty_.first;
    // Those with pages first.
    const std::uint32_t withPages = chunk.empty & ~chunk.withoutPages;
    const unsigned index = std::countr_zero(withPages != 0 ? withPages : chunk.empty);
    const std::uint32_t bit = std::uint32_t{1} << index;
    if (withPages != 0) --kept_;
    if (chunk.empty == wholeChunk) --emptyChunks_;
    chunk.empty &= ~bit;
    chunk.withoutPages &= ~bit;
    if (chunk.empty == 0) chunksWithEmpty_.remove(chunk);
    return chunk.slab(index);
  }

  void give(Slab& slab) noexcept {
    Chunk& chunk = Chunk::of(slab);
    const auto index = static_cast<unsigned>(
        (reinterpret_cast<std::uintptr_t>(&slab) - reinterpret_cast<std::uintptr_t>(&chunk)) /
        slabBytes);
    const std::uint32_t bit = std::uint32_t{1} << index;
    const std::lock_guard lock(mutex_);
    if (chunk.empty == 0) chunksWithEmpty_.push(chunk);
    chunk.empty |= bit;
    ++kept_;
    if (chunk.empty == wholeChunk && ++emptyChunks_ > emptyChunksMax && drop(chunk)) return;
    if (kept_ > keptMax) {
      madvise(&slab, slabBytes, MADV_DONTNEED);
      chunk.withoutPages |= bit;
      --kept_;
    }
  }

  std::size_t chunks() noexcept {
    const std::lock_guard lock(mutex_);
    return chunks_;
  }

  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

 private:
  void addChunk() {
    void* mapped = mmap(nullptr, 2 * chunkBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    auto* const base = static_cast<std::byte*>(mapped);
    std::byte* const start = beginOf(base + chunkBytes - 1, chunkBytes);
    if (start != base) munmap(base, static_cast<std::size_t>(start - base));
    munmap(start + chunkBytes, static_cast<std::size_t>(base + chunkBytes - start));
    auto* chunk = reinterpret_cast<Chunk*>(start);
    ++chunks_;
    // A huge page would commit all of it for a few blocks.
    madvise(chunk, chunkBytes, MADV_NOHUGEPAGE);
    chunk->empty = wholeChunk;
    chunk->withoutPages = wholeChunk;
    ++emptyChunks_;
    chunksWithEmpty_.push(*chunk);
  }

  // False, and it stays, where a gap in what is mapped would be one mapping too many.
  bool drop(Chunk& chunk) noexcept {
    const auto kept = static_cast<std::size_t>(std::popcount(chunk.empty & ~chunk.withoutPages));
    chunksWithEmpty_.remove(chunk);
    if (munmap(&chunk, chunkBytes) != 0) {
      chunksWithEmpty_.push(chunk);
      return false;
    }
    kept_ -= kept;
    --emptyChunks_;
    --chunks_;
    return true;
  }

  std::mutex mutex_;  // protects all below
  DoubleList<Chunk> chunksWithEmpty_;
  std::size_t chunks_ = 0;
  std::size_t emptyChunks_ = 0;
  std::size_t kept_ = 0;  // empty slabs with pages
};

constinit Slabs slabsOfAll;

// The slabs of one size that have room.
class alignas(64) Depot {
 public:
  // At least one block.
  void take(std::size_t size, Batch& batch) {
    std::unique_lock lock(lock_);
    while (batch.count < batchOf(size)) {
      Slab* slab = withRoom_.first;
      if (slab == nullptr) {
        if (batch.count > 0) return;
        lock.unlock();
        Slab& added = slabsOfAll.take();
        added.begin(size);
        lock.lock();
        withRoom_.push(added);
        continue;
      }
      while (batch.count < batchOf(size) && slab->hasRoom()) batch.push(slab->take());
      if (!slab->hasRoom()) withRoom_.remove(*slab);
    }
  }

  void give(Batch& batch) noexcept {
    DoubleList<Slab> empty;
    {
      const std::lock_guard lock(lock_);
      while (Block* block = batch.pop()) {
        Slab& slab = Slab::of(*block);
        if (!slab.hasRoom()) withRoom_.push(slab);
        slab.give(*block);
        if (slab.used > 0) continue;
        withRoom_.remove(slab);
        empty.push(slab);
      }
    }
    while (Slab* slab = empty.first) {
      empty.remove(*slab);
      slabsOfAll.give(*slab);
    }
  }

  void lock() noexcept { lock_.lock(); }
  void unlock() noexcept { lock_.unlock(); }

 private:
  ShortLock lock_;
  DoubleList<Slab> withRoom_;  // protected by lock_
};

constinit Depot depots[sizes];

// Nobody else is at them while the OS process is forked: the child, which also gives back what it
// kept as it ends, would wait for ever for an OS thread that it has not.
void lockAll() noexcept {
  for (Depot& depot : depots) depot.lock();
  slabsOfAll.lock();
}
void unlockAll() noexcept {
  slabsOfAll.unlock();
  for (Depot& depot : depots) depot.unlock();
}

// As the program begins: what a host has called at forks from later on finds them free.
[[maybe_unused]] const int forkHandlers = pthread_atfork(&lockAll, &unlockAll, &unlockAll);

// Of one size on one OS thread. Batches go as a whole, so that nobody looks for the middle of one.
struct Cache {
  Batch current;
  Batch other;
};

constinit thread_local Cache caches[sizes];
constinit thread_local bool threadEnds = false;

// Gives back what the OS thread has kept. What ends after this one keeps nothing.
struct Flush {
  Flush() = default;
  ~Flush() {
    threadEnds = true;
    for (std::size_t size = 0; size < sizes; ++size) {
      depots[size].give(caches[size].current);
      depots[size].give(caches[size].other);
    }
  }
};

void flushAtThreadEnd() noexcept {
  static thread_local Flush flush;
  (void)&flush;
}

Block& refill(Cache& cache, std::size_t size) {
  if (cache.other.first != nullptr) {
    std::swap(cache.current, cache.other);
    return *cache.current.pop();
  }
  depots[size].take(size, cache.current);
  Block& block = *cache.current.pop();
  if (threadEnds) {
    depots[size].give(cache.current);
  } else {
    flushAtThreadEnd();
  }
  return block;
}

void makeRoom(Cache& cache, std::size_t size) noexcept {
  flushAtThreadEnd();
  depots[size].give(cache.other);
  std::swap(cache.current, cache.other);
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (ofOperatorNew || bytes > blockBytesMax) return ::operator new(bytes);
  const std::size_t size = (std::max<std::size_t>(bytes, 1) - 1) / granuleBytes;
  Cache& cache = caches[size];
  if (Block* block = cache.current.pop()) return block;
  return &refill(cache, size);
}

void free(void* memory, std::size_t bytes) noexcept {
  if (ofOperatorNew || bytes > blockBytesMax) return ::operator delete(memory, bytes);
  const std::size_t size = (std::max<std::size_t>(bytes, 1) - 1) / granuleBytes;
  Cache& cache = caches[size];
  const bool wasEmpty = cache.current.first == nullptr;
  cache.current.push(*static_cast<Block*>(memory));
  if (threadEnds) return depots[size].give(cache.current);
  if (cache.current.count >= batchOf(size)) return makeRoom(cache, size);
  // An OS thread that has taken none keeps some from here on.
  if (wasEmpty) flushAtThreadEnd();
}

std::size_t chunks() noexcept {
  return slabsOfAll.chunks();
}

}  // namespace troop::blocks
