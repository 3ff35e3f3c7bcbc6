// Takes samples of what a heap allocates, one in so many bytes on average, and forgets them when
// they are freed. The distances are drawn from the exponential distribution, so that an allocation
// is taken by its size alone, whatever pattern the program has.
//
// Ownership: the troop and its Arena. Threads: any. Limits: its bookkeeping is charged to the
// budget, and a sample left out where that is refused; beyond `sitesMax` samples count for a site
// without a stack. Fails: never. Misuse: freeing what was allocated before it is told.
//
//   sampler.allocated(memory, bytes, __builtin_return_address(0));
//   sampler.freed(memory);
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/budget.h"
#include "runtime/heap/heap-profile.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class HeapSampler final : public RefCounted {
 public:
  static constexpr std::size_t framesMax = 32;
  static constexpr std::size_t sitesMax = 4096;

  HeapSampler(Ref<Budget> budget, std::size_t sampleBytes);
  ~HeapSampler() override;

  // `caller` is where the call of the allocator returns to: what is below is not of interest.
  void allocated(const void* memory, std::size_t bytes, const void* caller) noexcept {
    // Relaxed: a count that orders nothing.
    const auto size = static_cast<std::int64_t>(bytes);
    if (left_.fetch_sub(size, std::memory_order_relaxed) <= size) sample(memory, bytes, caller);
  }
  // Relaxed: who frees has got the address from who allocated, and with it this mark.
  void freed(const void* memory) noexcept {
    if (marks_[slotOf(memory)].load(std::memory_order_relaxed) != 0) forget(memory);
  }

  // Forgets everything and takes no more: the heap has ended.
  void end() noexcept;

  HeapProfile profile() const;

 private:
  using Frames = std::vector<const void*>;
  struct Site {
    std::size_t objects = 0, bytes = 0;
    std::size_t objectsEver = 0, bytesEver = 0;
  };
  struct Sample {
    Site* site;
    std::size_t bytes;
  };

  static constexpr std::size_t slots = 1024;
  static std::size_t slotOf(const void* memory) noexcept;
  static Frames framesAbove(const void* caller);

  void sample(const void* memory, std::size_t bytes, const void* caller) noexcept;
  void forget(const void* memory) noexcept;
  // With mutex_ held:
  void drawDistance() noexcept;
  Site& siteOf(const Frames& frames);
  bool take(std::size_t bytes) noexcept;

  const Ref<Budget> budget_;
  const std::size_t sampleBytes_;
  std::atomic<std::int64_t> left_{1};  // bytes until the next sample
  // How many samples there may be whose addresses share a slot.
  std::array<std::atomic<std::uint32_t>, slots> marks_{};

  mutable std::mutex mutex_;  // protects all below
  std::uint64_t random_ = 0;
  std::size_t taken_ = 0;  // from the budget
  bool ended_ = false;
  std::map<Frames, Site> sites_;
  std::unordered_map<const void*, Sample> samples_;  // that live
};

}  // namespace troop
