// Stacks for Tasks: each has a guard below it, so that an overflow is a fault and never a
// corruption.
//
//   slab      one mapping:  | guard | stack | guard | stack | ... |      stacks grow downwards, to
//   their guard
//
// Pages are committed when they are first touched. A stack that comes back is kept as it is for the
// next Task, up to `keepBytesMax`; beyond that its pages are returned, and a slab with no stack in
// use is unmapped. Pages are returned `givenTogetherMax` stacks at a time, by few calls of the
// kernel: each call stops every other OS thread that has seen the pages, which costs ten times as
// much as all the rest of it. Of many that come back together whole slabs are unmapped at once.
//
// Guards are markers in the page tables where the kernel has them (Linux 6.13), which cost no
// mapping; before that they are protected pages, of which vm.max_map_count allows some 30,000, and
// acquire() fails clearly beyond, unless stacks without guards were allowed by name.
//
// Ownership: each Stack keeps its pool. Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/base/sanitizers.h"
#include "runtime/base/short-lock.h"
#include "runtime/error.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class StackPool;

// A stack in use; gives itself back. Move-only.
class Stack {
 public:
  Stack() = default;
  Stack(Stack&& other) noexcept;
  Stack& operator=(Stack&& other) noexcept;
  ~Stack();

  explicit operator bool() const noexcept { return bottom_ != nullptr; }
  std::byte* bottom() const noexcept { return bottom_; }  // the lowest usable address
  std::byte* top() const noexcept { return bottom_ + bytes(); }
  std::size_t bytes() const noexcept;

  // While nobody runs on it: gives its pages back, and with them what was there, now or together
  // with those of others; the guard stays. Until takePages() nothing may touch it, and then what is
  // there is undefined.
  void givePages() noexcept;
  void takePages() noexcept;

  // The same memory for one more Fiber, where several take turns (runtime/sched/shared-stack.h):
  // it has nothing to give back, and is not used once this one is gone.
  Stack alias() const noexcept;
  // For AddressSanitizer, where it watches: nobody may touch what is there; and what stood there
  // has been copied out or will never return, so that others may stand there.
  void forbid() noexcept;
  void forgetFrames() noexcept;

 private:
  friend class StackPool;
  struct Slab;
  Stack(Ref<StackPool> pool, Slab* slab, std::byte* bottom) noexcept;

  Ref<StackPool> pool_;
  Slab* slab_ = nullptr;  // null for an alias
  std::byte* bottom_ = nullptr;
  std::uint64_t givenIn_ = 0;  // the batch with which its pages go; 0: they do not wait for others
};

class StackPool : public RefCounted {
 public:
  enum class Guards : unsigned char {
    best,  // markers where the kernel has them, protected pages elsewhere
    protectedPages,
  };

  // What an access meets while a stack has given its pages.
  enum class WithoutPages : unsigned char {
    reads0,  // costs nothing
    faults,
  };
#ifdef NDEBUG
  static constexpr WithoutPages defaultWithoutPages = WithoutPages::reads0;
#else
  static constexpr WithoutPages defaultWithoutPages = WithoutPages::faults;
#endif

  // What is handed out when the kernel allows no more guards.
  enum class BeyondGuards : unsigned char { nothing, unguardedStacks };

  struct Options {
    std::size_t stackBytes = defaultStackBytes;  // usable, a multiple of the page size
    std::size_t keepBytesMax = std::size_t{16} << 20;
    std::size_t stacksPerSlab = 64;
    std::size_t givenTogetherMax = 256;
    Guards guards = Guards::best;
    BeyondGuards beyondGuards = BeyondGuards::nothing;
    WithoutPages withoutPages = defaultWithoutPages;
  };

  // Instrumented frames are several times as large.
  static constexpr std::size_t defaultStackBytes = std::size_t{underSanitizer ? 256U : 64U} << 10;

  // Wide enough that a frame of usual size cannot reach over it.
  static constexpr std::size_t guardBytes = std::size_t{16} << 10;

  explicit StackPool(Options options);
  ~StackPool() override;

  // Fails with overloaded/quota or overloaded/memory.
  Expected<Stack> acquire();

  std::size_t stackBytes() const noexcept { return options_.stackBytes; }
  std::size_t slabs() const;
  // Acquired and not given back.
  std::size_t inUse() const;
  // Kept for the next Task, with their pages.
  std::size_t kept() const;
  bool guardsAreMarkers() const noexcept { return markers_; }

  // How many protected pages all pools together may have, from vm.max_map_count.
  static std::size_t protectedGuardsMax() noexcept;

 private:
  friend class Stack;
  using Slab = Stack::Slab;

  // A stack whose pages are given back with those of others; `slab` is that of one that has come
  // back, null where it stays in use.
  struct Given {
    std::byte* bottom;
    Slab* slab;
  };

  void release(Slab& slab, std::byte* bottom) noexcept;
  void keepLocked(Slab& slab, std::byte* bottom, std::vector<std::byte*>& among) noexcept;
  // The batch that it goes with.
  std::uint64_t giveLater(Given given) noexcept;
  void giveBatch() noexcept;
  // The pages of all that is in the batch that is being given.
  void giveRanges() noexcept;
  Stack acquireLocked() noexcept;
  // One with room, where there is none.
  Expected<void> addSlab();
  // How the next slab is guarded; fails where it cannot be and must.
  Expected<void> admitGuards(Slab& slab);
  Expected<void> map(Slab& slab);
  // Takes those slabs out, and their stacks out of the batch that is being given, whose last stacks
  // in use are in it: they need no more than to be unmapped.
  void dropEmptiedLocked() noexcept;
  std::unique_ptr<Slab> takeOutLocked(Slab& slab) noexcept;
  void unmap(Slab& slab) noexcept;
  // 0, or an errno.
  int guard(Slab& slab) noexcept;
  std::uint64_t givePages(std::byte* bottom) noexcept;
  void takePages(std::byte* bottom, std::uint64_t givenIn) noexcept;
  std::size_t strideBytes() const noexcept { return guardBytes + options_.stackBytes; }
  std::size_t slabBytes() const noexcept { return strideBytes() * options_.stacksPerSlab; }

  const Options options_;
  const bool markers_;

  // Held while a slab is added, and before mutex_.
  std::mutex growing_;

  mutable ShortLock mutex_;  // protects all below
  std::vector<std::unique_ptr<Slab>> slabs_;
  std::vector<Slab*> withRoom_;  // slabs with a free stack; the last one serves next
  std::size_t kept_ = 0;
  std::vector<Given> batch_;  // that is being filled; has the room for all that it may hold
  std::uint64_t batchNumber_ = 1;
  std::size_t leaving_ = 0;  // come back, but in a batch, and so still counted in their slabs

  // Held while a batch is given, and before mutex_. Nobody else touches what it protects.
  std::mutex giving_;
  std::vector<Given> givenBatch_;
  std::unique_ptr<Slab> droppedSlabs_;
  std::atomic<std::uint64_t> batchesGiven_{0};  // all up to this one; written under giving_
};

inline std::size_t Stack::bytes() const noexcept {
  return pool_->stackBytes();
}

}  // namespace troop
