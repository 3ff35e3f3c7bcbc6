// The heap of a native troop that asks for one of its own: a memory resource whose pages are
// charged to a budget when they are mapped, and which gives everything back at once, whatever was
// not freed.
//
// Ownership: the troop; what was allocated dies with it. Threads: any, several at once; its end
// must come after the last of them. Limits: the budget, in pages: what is freed is cached for a
// while, and returned before a charge is refused; some 4,000 arenas in an OS process. Fails:
// allocation throws Error (overloaded, memory), the constructor Error (overloaded, quota). Misuse:
// using memory of an Arena that has ended.
//
//   Arena arena(troop.memory());
//   std::pmr::vector<int> numbers(&arena);
#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>

#include "runtime/budget.h"
#include "runtime/heap/heap-sampler.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class Arena final : public std::pmr::memory_resource {
 public:
  // What is allocated is told to `sampler`, where there is one.
  explicit Arena(Ref<Budget> budget, Ref<HeapSampler> sampler = {});
  ~Arena() override;

  // Mapped for it now and charged to the budget; what is allocated and what is cached.
  std::size_t mappedBytes() const noexcept;

 private:
  class Pages;

  // Never inlined: where it returns to is where stacks begin.
  [[gnu::noinline]] void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* address, std::size_t bytes, std::size_t alignment) noexcept override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;

  void* allocateUntold(std::size_t bytes, std::size_t alignment);
  void control(const char* action) noexcept;

  const std::unique_ptr<Pages> pages_;  // outlives the arena, which returns its pages to it
  const Ref<HeapSampler> sampler_;      // or null
  unsigned index_;                      // of the arena
};

}  // namespace troop
