#include "runtime/stack/stack-pool.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/units.h"

#ifdef TROOP_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

namespace troop {
namespace {

// linux/mman.h of 6.13; Debian 12's headers are older than the kernels it runs on.
constexpr int adviseGuardInstall = 102;
constexpr int adviseGuardRemove = 103;
// linux/pidfd.h of 6.14: this OS process.
constexpr int pidfdSelf = -10000;
// As many ranges as the kernel surely takes at once (IOV_MAX is 1024).
constexpr std::size_t rangesMax = 64;

std::size_t pageBytes() noexcept {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

bool kernelHasMarkers() noexcept {
  static const bool has = [] {
    void* page =
        mmap(nullptr, pageBytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    const bool installed = madvise(page, pageBytes(), adviseGuardInstall) == 0;
    munmap(page, pageBytes());
    return installed;
  }();
  return has;
}

// Of all pools: the kernel's limit is the OS process's.
std::atomic<std::size_t> protectedGuards{0};

// Ranges of pages for which the kernel is to do the same.
class Ranges {
 public:
  explicit Ranges(int advice) noexcept : advice_(advice) {}

  bool full() const noexcept { return count_ == rangesMax; }
  void add(std::byte* begin, std::size_t bytes) noexcept {
    ranges_[count_++] = {.iov_base = begin, .iov_len = bytes};
    bytes_ += bytes;
  }
  // By one call where the kernel takes it, by one for each elsewhere; 0, or an errno.
  int advise() noexcept {
    const std::size_t count = std::exchange(count_, 0);
    const std::size_t bytes = std::exchange(bytes_, 0);
    if (count == 0) return 0;
    const long done = syscall(SYS_process_madvise, pidfdSelf, ranges_.data(), count, advice_, 0U);
    if (done >= 0 && static_cast<std::size_t>(done) == bytes) return 0;
    // Perhaps some of it is done, which may be done again.
    for (std::size_t i = 0; i < count; ++i) {
      if (madvise(ranges_[i].iov_base, ranges_[i].iov_len, advice_) != 0) return errno;
    }
    return 0;
  }

 private:
  const int advice_;
  std::array<iovec, rangesMax> ranges_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

bool takeProtectedGuards(std::size_t count) noexcept {
  std::size_t used = protectedGuards.load();
  do {
    if (used + count > StackPool::protectedGuardsMax()) return false;
  } while (!protectedGuards.compare_exchange_weak(used, used + count));
  return true;
}

}  // namespace

struct Stack::Slab {
  std::byte* base;
  std::vector<std::byte*> clean;  // free stacks without pages
  std::vector<std::byte*> warm;   // free stacks with the pages of the last Task
  std::size_t inUse = 0;
  bool countsGuards = false;  // among protectedGuards
  bool guarded = true;
  std::size_t leaving = 0;  // of those in use: in the batch that is being given
  bool dropped = false;     // since all of them were
  std::unique_ptr<Slab> nextDropped;
  std::size_t index = 0;             // in StackPool::slabs_
  std::size_t withRoomIndex = none;  // in StackPool::withRoom_

  static constexpr std::size_t none = ~std::size_t{0};
  std::size_t free() const noexcept { return clean.size() + warm.size(); }
};

Stack::Stack(Ref<StackPool> pool, Slab* slab, std::byte* bottom) noexcept
    : pool_(std::move(pool)), slab_(slab), bottom_(bottom) {}

Stack::Stack(Stack&& other) noexcept
    : pool_(std::move(other.pool_)),
      slab_(std::exchange(other.slab_, nullptr)),
      bottom_(std::exchange(other.bottom_, nullptr)),
      givenIn_(std::exchange(other.givenIn_, 0)) {}

Stack& Stack::operator=(Stack&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(slab_, other.slab_);
  std::swap(bottom_, other.bottom_);
  std::swap(givenIn_, other.givenIn_);
  return *this;
}

Stack::~Stack() {
  if (slab_ != nullptr) pool_->release(*slab_, bottom_);
}

Stack Stack::alias() const noexcept {
  return Stack(pool_, nullptr, bottom_);
}

void Stack::forbid() noexcept {
  ASAN_POISON_MEMORY_REGION(bottom_, bytes());
}

void Stack::forgetFrames() noexcept {
  ASAN_UNPOISON_MEMORY_REGION(bottom_, bytes());
}

void Stack::givePages() noexcept {
  if (slab_ != nullptr) givenIn_ = pool_->givePages(bottom_);
}

void Stack::takePages() noexcept {
  if (slab_ != nullptr) pool_->takePages(bottom_, std::exchange(givenIn_, 0));
}

StackPool::StackPool(Options options)
    : options_(options), markers_(options.guards == Guards::best && kernelHasMarkers()) {
  check(options_.stackBytes >= pageBytes() && options_.stackBytes % pageBytes() == 0,
        "a stack is a whole number of pages");
  check(options_.stacksPerSlab > 0, "a slab has at least one stack");
  check(options_.givenTogetherMax > 0, "a batch has at least one stack that gives its pages");
  batch_.reserve(options_.givenTogetherMax);
  givenBatch_.reserve(options_.givenTogetherMax);
}

StackPool::~StackPool() {
  for (const auto& slab : slabs_) unmap(*slab);
}

std::size_t StackPool::protectedGuardsMax() noexcept {
  // Each guard makes two mappings of one; a tenth is left to everybody else in the OS process.
  static const std::size_t most = [] {
    std::size_t mappingsMax = 65'530;
    std::ifstream("/proc/sys/vm/max_map_count") >> mappingsMax;
    return mappingsMax / 10 * 9 / 2;
  }();
  return most;
}

Expected<Stack> StackPool::acquire() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (!withRoom_.empty()) return acquireLocked();
    }
    if (Expected<void> added = addSlab(); added.failed()) return std::move(added).error();
  }
}

Stack StackPool::acquireLocked() noexcept {
  Slab& slab = *withRoom_.back();
  std::vector<std::byte*>& from = slab.warm.empty() ? slab.clean : slab.warm;
  if (&from == &slab.warm) --kept_;
  std::byte* bottom = from.back();
  from.pop_back();
  ++slab.inUse;
  if (slab.free() == 0) {
    withRoom_.pop_back();
    slab.withRoomIndex = Slab::none;
  }
  return Stack(Ref<StackPool>::share(this), &slab, bottom);
}

void StackPool::release(Slab& slab, std::byte* bottom) noexcept {
  // The first frames of a Task never return, so nobody else takes their red zones away.
  ASAN_UNPOISON_MEMORY_REGION(bottom, options_.stackBytes);
  {
    std::lock_guard lock(mutex_);
    if ((kept_ + 1) * options_.stackBytes <= options_.keepBytesMax) {
      ++kept_;
      return keepLocked(slab, bottom, slab.warm);
    }
  }
  giveLater({.bottom = bottom, .slab = &slab});
}

void StackPool::keepLocked(Slab& slab, std::byte* bottom, std::vector<std::byte*>& among) noexcept {
  among.push_back(bottom);  // addSlab() has reserved the room
  --slab.inUse;
  if (slab.withRoomIndex != Slab::none) return;
  slab.withRoomIndex = withRoom_.size();
  withRoom_.push_back(&slab);
}

std::uint64_t StackPool::giveLater(Given given) noexcept {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (batch_.size() < options_.givenTogetherMax) {
      batch_.push_back(given);
      if (given.slab != nullptr) ++leaving_;
      const std::uint64_t number = batchNumber_;
      const bool isFull = batch_.size() == options_.givenTogetherMax;
      lock.unlock();
      if (isFull) giveBatch();
      return number;
    }
    lock.unlock();
    giveBatch();
  }
}

void StackPool::giveBatch() noexcept {
  const std::lock_guard giving(giving_);
  std::uint64_t number;
  {
    std::lock_guard lock(mutex_);
    // Somebody else may have done it, or taken pages back.
    if (batch_.size() < options_.givenTogetherMax) return;
    batch_.swap(givenBatch_);
    number = batchNumber_++;
    dropEmptiedLocked();
  }
  while (droppedSlabs_ != nullptr) {
    unmap(*droppedSlabs_);
    droppedSlabs_ = std::move(droppedSlabs_->nextDropped);
  }
  giveRanges();
  batchesGiven_.store(number);
  std::lock_guard lock(mutex_);
  for (const Given& given : givenBatch_) {
    if (given.slab == nullptr) continue;
    --leaving_;
    --given.slab->leaving;
    keepLocked(*given.slab, given.bottom, given.slab->clean);
  }
  givenBatch_.clear();
}

void StackPool::giveRanges() noexcept {
  std::ranges::sort(givenBatch_, {}, &Given::bottom);
  Ranges ranges(MADV_DONTNEED);
  for (auto given = givenBatch_.begin(); given != givenBatch_.end();) {
    // Those side by side are one range: guards, also those that are markers, survive this.
    std::byte* const begin = given->bottom;
    std::byte* end;
    do {
      end = given->bottom + options_.stackBytes;
      ++given;
    } while (given != givenBatch_.end() && given->bottom == end + guardBytes);
    ranges.add(begin, static_cast<std::size_t>(end - begin));
    if (ranges.full()) (void)ranges.advise();
  }
  (void)ranges.advise();
}

void StackPool::dropEmptiedLocked() noexcept {
  for (const Given& given : givenBatch_) {
    if (given.slab != nullptr) ++given.slab->leaving;
  }
  const auto emptied = [](const Given& given) {
    return given.slab != nullptr && given.slab->leaving == given.slab->inUse;
  };
  // The first of each drops it.
  for (const Given& given : givenBatch_) {
    if (!emptied(given) || std::exchange(given.slab->dropped, true)) continue;
    Slab& slab = *given.slab;
    leaving_ -= slab.leaving;
    std::unique_ptr<Slab> dropped = takeOutLocked(slab);
    dropped->nextDropped = std::move(droppedSlabs_);
    droppedSlabs_ = std::move(dropped);
  }
  std::erase_if(givenBatch_, emptied);
}

std::unique_ptr<Stack::Slab> StackPool::takeOutLocked(Slab& slab) noexcept {
  kept_ -= slab.warm.size();
  if (slab.withRoomIndex != Slab::none) {
    withRoom_.back()->withRoomIndex = slab.withRoomIndex;
    std::swap(withRoom_[slab.withRoomIndex], withRoom_.back());
    withRoom_.pop_back();
  }
  slabs_.back()->index = slab.index;
  std::swap(slabs_[slab.index], slabs_.back());
  std::unique_ptr<Slab> taken = std::move(slabs_.back());
  slabs_.pop_back();
  return taken;
}

Expected<void> StackPool::addSlab() {
  const std::lock_guard growing(growing_);
  {
    std::lock_guard lock(mutex_);
    if (!withRoom_.empty()) return {};
  }
  auto slab = std::make_unique<Slab>();
  slab->clean.reserve(options_.stacksPerSlab);
  slab->warm.reserve(options_.stacksPerSlab);
  if (Expected<void> admitted = admitGuards(*slab); admitted.failed()) return admitted;
  if (Expected<void> mapped = map(*slab); mapped.failed()) return mapped;
  std::lock_guard lock(mutex_);
  // Reserved as vectors grow, so that a million stacks cost no quadratic copying.
  if (slabs_.size() == slabs_.capacity()) {
    slabs_.reserve(2 * slabs_.size() + 1);
    withRoom_.reserve(2 * slabs_.size() + 1);
  }
  slab->withRoomIndex = withRoom_.size();
  withRoom_.push_back(slab.get());
  slab->index = slabs_.size();
  slabs_.push_back(std::move(slab));
  return {};
}

Expected<void> StackPool::admitGuards(Slab& slab) {
  if (markers_) return {};
  slab.countsGuards = takeProtectedGuards(options_.stacksPerSlab);
  slab.guarded = slab.countsGuards;
  if (slab.guarded || options_.beyondGuards == BeyondGuards::unguardedStacks) return {};
  return Error(
      ErrorKind::overloaded,
      fmt::format("no more guarded stacks: vm.max_map_count allows {}", protectedGuardsMax()),
      ErrorDetail::quota, Executed::no);
}

Expected<void> StackPool::map(Slab& slab) {
  void* base = mmap(nullptr, slabBytes(), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (base == MAP_FAILED) {
    const int reason = errno;
    if (slab.countsGuards) protectedGuards -= options_.stacksPerSlab;
    return Error(ErrorKind::overloaded,
                 fmt::format("no address space for stacks of {}: {}", describeBytes(slabBytes()),
                             std::strerror(reason)),
                 ErrorDetail::memory, Executed::no);
  }
  slab.base = static_cast<std::byte*>(base);
  // A huge page would commit 2 MiB for one shallow Task.
  madvise(base, slabBytes(), MADV_NOHUGEPAGE);
  if (const int reason = slab.guarded ? guard(slab) : 0; reason != 0) {
    unmap(slab);
    return Error(ErrorKind::overloaded,
                 fmt::format("no guard for a stack: {} (vm.max_map_count bounds the mappings)",
                             std::strerror(reason)),
                 ErrorDetail::quota, Executed::no);
  }
  for (std::size_t index = 0; index < options_.stacksPerSlab; ++index) {
    slab.clean.push_back(slab.base + index * strideBytes() + guardBytes);
  }
  return {};
}

int StackPool::guard(Slab& slab) noexcept {
  Ranges markers(adviseGuardInstall);
  for (std::size_t index = 0; index < options_.stacksPerSlab; ++index) {
    std::byte* base = slab.base + index * strideBytes();
    if (!markers_) {
      if (mprotect(base, guardBytes, PROT_NONE) != 0) return errno;
      continue;
    }
    markers.add(base, guardBytes);
    if (!markers.full()) continue;
    if (const int reason = markers.advise(); reason != 0) return reason;
  }
  return markers.advise();
}

void StackPool::unmap(Slab& slab) noexcept {
  munmap(slab.base, slabBytes());
  if (slab.countsGuards) protectedGuards -= options_.stacksPerSlab;
}

std::uint64_t StackPool::givePages(std::byte* bottom) noexcept {
  if (options_.withoutPages == WithoutPages::reads0) {
    return giveLater({.bottom = bottom, .slab = nullptr});
  }
  if (markers_) {
    // Gives the pages as well.
    if (madvise(bottom, options_.stackBytes, adviseGuardInstall) == 0) return 0;
  } else {
    // Joins the guards on either side, so that it takes no mapping more.
    (void)mprotect(bottom, options_.stackBytes, PROT_NONE);
  }
  madvise(bottom, options_.stackBytes, MADV_DONTNEED);
  return 0;
}

void StackPool::takePages(std::byte* bottom, std::uint64_t givenIn) noexcept {
  if (options_.withoutPages == WithoutPages::faults) {
    const int result = markers_ ? madvise(bottom, options_.stackBytes, adviseGuardRemove)
                                : mprotect(bottom, options_.stackBytes, PROT_READ | PROT_WRITE);
    check(result == 0, "a stack gets its pages back");
    return;
  }
  if (givenIn <= batchesGiven_.load()) return;
  {
    std::lock_guard lock(mutex_);
    if (givenIn == batchNumber_) {
      std::erase_if(batch_, [bottom](const Given& given) { return given.bottom == bottom; });
      return;
    }
  }
  // Its batch is being given: until that is done.
  const std::lock_guard giving(giving_);
}

std::size_t StackPool::slabs() const {
  std::lock_guard lock(mutex_);
  return slabs_.size();
}

std::size_t StackPool::inUse() const {
  std::lock_guard lock(mutex_);
  std::size_t stacks = 0;
  for (const auto& slab : slabs_) stacks += slab->inUse;
  return stacks - leaving_;
}

std::size_t StackPool::kept() const {
  std::lock_guard lock(mutex_);
  return kept_;
}

}  // namespace troop
