#include "runtime/heap/arena.h"

#include <fmt/format.h>
#include <jemalloc/jemalloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/units.h"

// Read by the allocator when it is first used. Without `retain`, pages are mapped as they are
// needed and unmapped when they are not, so that what is charged is what there is; by default it
// maps 2 MiB and more ahead and keeps the addresses of what it frees.
extern "C" const char* troop_je_malloc_conf;
const char* troop_je_malloc_conf = "retain:false,thp:never,narenas:1,tcache:false";

namespace troop {
namespace {

// Of the arena's own bookkeeping, which is not among its pages.
constexpr std::size_t overheadBytes = std::size_t{64} << 10;

// What "experimental.arenas_create_ext" takes; the allocator's headers do not declare it.
struct ArenaConfiguration {
  extent_hooks_t* hooks;
  bool metadataUseHooks;
};

}  // namespace

// Where the arena's pages come from: mappings, each charged while it exists.
class Arena::Pages : public extent_hooks_t {
 public:
  explicit Pages(Ref<Budget> budget)
      : extent_hooks_t{.alloc = &Pages::map,
                       .dalloc = &Pages::unmap,
                       .destroy = &Pages::destroy,
                       .commit = nullptr,
                       .decommit = nullptr,
                       .purge_lazy = nullptr,
                       .purge_forced = &Pages::purge,
                       .split = &Pages::split,
                       .merge = &Pages::merge},
        budget_(std::move(budget)),
        overhead_(budget_->charge(overheadBytes).value()) {}

  std::size_t mappedBytes() const noexcept { return mapped_.load(std::memory_order_relaxed); }
  Budget& budget() const noexcept { return *budget_; }

 private:
  static Pages& of(extent_hooks_t* hooks) noexcept { return *static_cast<Pages*>(hooks); }

  static void* map(extent_hooks_t* hooks, void* at, size_t bytes, size_t alignment, bool* zero,
                   bool* commit, unsigned) {
    if (at != nullptr) return nullptr;
    Pages& pages = of(hooks);
    if (!pages.budget_->take(bytes)) return nullptr;
    void* mapped = mapAligned(bytes, alignment);
    if (mapped == nullptr) {
      pages.budget_->give(bytes);
      return nullptr;
    }
    pages.mapped_.fetch_add(bytes, std::memory_order_relaxed);
    *zero = true;
    *commit = true;
    return mapped;
  }

  static void* mapAligned(std::size_t bytes, std::size_t alignment) noexcept {
    const std::size_t page = 4096;
    const std::size_t surplus = alignment > page ? alignment - page : 0;
    void* mapping = mmap(nullptr, bytes + surplus, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return nullptr;
    const auto base = reinterpret_cast<std::uintptr_t>(mapping);
    const std::uintptr_t start = (base + surplus) & ~(static_cast<std::uintptr_t>(alignment) - 1);
    const std::size_t before = start - base, after = surplus - before;
    char* const aligned = static_cast<char*>(mapping) + before;
    if (before > 0) munmap(mapping, before);
    if (after > 0) munmap(aligned + bytes, after);
    return aligned;
  }

  static bool unmap(extent_hooks_t* hooks, void* address, size_t bytes, bool, unsigned) {
    destroy(hooks, address, bytes, true, 0);
    return false;
  }

  static void destroy(extent_hooks_t* hooks, void* address, size_t bytes, bool, unsigned) {
    Pages& pages = of(hooks);
    check(munmap(address, bytes) == 0, "an arena unmaps what it has mapped");
    pages.mapped_.fetch_sub(bytes, std::memory_order_relaxed);
    pages.budget_->give(bytes);
  }

  static bool purge(extent_hooks_t*, void* address, size_t, size_t offset, size_t bytes, unsigned) {
    return madvise(static_cast<char*>(address) + offset, bytes, MADV_DONTNEED) != 0;
  }

  // Mappings are split and merged freely: only their bytes count.
  static bool split(extent_hooks_t*, void*, size_t, size_t, size_t, bool, unsigned) {
    return false;
  }
  static bool merge(extent_hooks_t*, void*, size_t, void*, size_t, bool, unsigned) { return false; }

  const Ref<Budget> budget_;
  const Charge overhead_;
  std::atomic<std::size_t> mapped_{0};
};

Arena::Arena(Ref<Budget> budget, Ref<HeapSampler> sampler)
    : pages_(std::make_unique<Pages>(std::move(budget))), sampler_(std::move(sampler)) {
  std::size_t bytes = sizeof(index_);
  // Bookkeeping comes in pieces of 2 MiB of addresses, mostly untouched: it has a fixed charge
  // instead.
  ArenaConfiguration configuration = {.hooks = pages_.get(), .metadataUseHooks = false};
  const int result = troop_je_mallctl("experimental.arenas_create_ext", &index_, &bytes,
                                      &configuration, sizeof(configuration));
  if (result == 0) return;
  throw Error(ErrorKind::overloaded,
              fmt::format("no more heaps for troops in this OS process: {}", std::strerror(result)),
              ErrorDetail::quota, Executed::no);
}

Arena::~Arena() {
  if (sampler_) sampler_->end();
  control("destroy");
  check(pages_->mappedBytes() == 0, "an arena that has ended has returned all its pages");
}

std::size_t Arena::mappedBytes() const noexcept {
  return pages_->mappedBytes();
}

void Arena::control(const char* action) noexcept {
  char name[64];
  *fmt::format_to_n(name, sizeof(name) - 1, "arena.{}.{}", index_, action).out = '\0';
  check(troop_je_mallctl(name, nullptr, nullptr, nullptr, 0) == 0, "an arena obeys");
}

void* Arena::do_allocate(std::size_t bytes, std::size_t alignment) {
  const std::size_t size = std::max<std::size_t>(bytes, 1);
  void* memory = allocateUntold(size, alignment);
  if (sampler_) sampler_->allocated(memory, size, __builtin_return_address(0));
  return memory;
}

void* Arena::allocateUntold(std::size_t size, std::size_t alignment) {
  const int flags = MALLOCX_ARENA(index_) | MALLOCX_TCACHE_NONE | MALLOCX_ALIGN(alignment);
  if (void* memory = troop_je_mallocx(size, flags)) return memory;
  // What was freed may still be cached, and what was charged ahead not used.
  control("purge");
  pages_->budget().collect();
  if (void* memory = troop_je_mallocx(size, flags)) return memory;
  // Which limit it was; where pages came free meanwhile, its own.
  if (Expected<Charge> missing = pages_->budget().charge(size); missing.failed()) {
    throw std::move(missing).error();
  }
  throw Error(ErrorKind::overloaded,
              "memory " + describeBytes(pages_->budget().limit()) + " reached", ErrorDetail::memory,
              Executed::no);
}

void Arena::do_deallocate(void* address, std::size_t bytes, std::size_t alignment) noexcept {
  if (sampler_) sampler_->freed(address);
  troop_je_sdallocx(address, std::max<std::size_t>(bytes, 1),
                    MALLOCX_TCACHE_NONE | MALLOCX_ALIGN(alignment));
}

bool Arena::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
  return this == &other;
}

}  // namespace troop
