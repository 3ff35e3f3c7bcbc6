#include "runtime/heap/heap-sampler.h"

#include <unwind.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace troop {
namespace {

// What the maps take for an entry besides what it holds, by estimate.
constexpr std::size_t nodeBytes = 64;

// A distance is far within what is counted.
constexpr std::size_t sampleBytesMax = std::size_t{1} << 40;

struct Walk {
  std::vector<const void*>& frames;
  std::size_t framesMax;
};

_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  const auto* const address = std::bit_cast<const void*>(_Unwind_GetIP(context));
  if (address == nullptr || walk.frames.size() == walk.framesMax) return _URC_END_OF_STACK;
  walk.frames.push_back(address);
  return _URC_NO_REASON;
}

}  // namespace

HeapSampler::HeapSampler(Ref<Budget> budget, std::size_t sampleBytes)
    : budget_(std::move(budget)),
      sampleBytes_(std::clamp(sampleBytes, std::size_t{1}, sampleBytesMax)) {}

HeapSampler::~HeapSampler() {
  end();
}

std::size_t HeapSampler::slotOf(const void* memory) noexcept {
  // What is allocated is a multiple of 16 mostly; the multiplier is that of Fibonacci hashing.
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  return static_cast<std::size_t>((address >> 4) * 0x9e3779b97f4a7c15 >> 32) % slots;
}

HeapSampler::Frames HeapSampler::framesAbove(const void* caller) {
  Frames frames;
  // Those of the allocator, before `caller`, are left out again.
  constexpr std::size_t ownFramesMax = 8;
  frames.reserve(framesMax + ownFramesMax);
  Walk walk{.frames = frames, .framesMax = framesMax + ownFramesMax};
  _Unwind_Backtrace(&visit, &walk);
  const auto first = std::find(frames.begin(), frames.end(), caller);
  if (first != frames.end()) frames.erase(frames.begin(), first);
  frames.resize(std::min(frames.size(), framesMax));
  return frames;
}

void HeapSampler::sample(const void* memory, std::size_t bytes, const void* caller) noexcept {
  try {
    const Frames frames = framesAbove(caller);
    std::lock_guard lock(mutex_);
    if (ended_) return;
    drawDistance();
    if (!take(sizeof(Sample) + nodeBytes)) return;
    Site& site = siteOf(frames);
    samples_.emplace(memory, Sample{.site = &site, .bytes = bytes});
    ++site.objects;
    ++site.objectsEver;
    site.bytes += bytes;
    site.bytesEver += bytes;
    marks_[slotOf(memory)].fetch_add(1, std::memory_order_relaxed);
  } catch (...) {
    // No memory for a sample is no reason to fail an allocation.
  }
}

void HeapSampler::drawDistance() noexcept {
  while (left_.load(std::memory_order_relaxed) <= 0) {
    // SplitMix64 (Steele, Lea, Flood 2014); of a heap always the same, so that runs repeat.
    random_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = random_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    // Above 0, at most 1.
    const double uniform = (static_cast<double>(mixed >> 11) + 1.0) * 0x1p-53;
    const double distance = -std::log(uniform) * static_cast<double>(sampleBytes_);
    left_.fetch_add(1 + static_cast<std::int64_t>(distance), std::memory_order_relaxed);
  }
}

HeapSampler::Site& HeapSampler::siteOf(const Frames& frames) {
  if (const auto known = sites_.find(frames); known != sites_.end()) return known->second;
  const std::size_t bytes = sizeof(Site) + nodeBytes + frames.size() * sizeof(frames[0]);
  if (sites_.size() >= sitesMax || !take(bytes)) return sites_[{}];
  return sites_[frames];
}

bool HeapSampler::take(std::size_t bytes) noexcept {
  if (!budget_->take(bytes)) return false;
  taken_ += bytes;
  return true;
}

void HeapSampler::forget(const void* memory) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = samples_.find(memory);
  if (found == samples_.end()) return;
  Site& site = *found->second.site;
  --site.objects;
  site.bytes -= found->second.bytes;
  samples_.erase(found);
  marks_[slotOf(memory)].fetch_sub(1, std::memory_order_relaxed);
  taken_ -= sizeof(Sample) + nodeBytes;
  budget_->give(sizeof(Sample) + nodeBytes);
}

void HeapSampler::end() noexcept {
  std::lock_guard lock(mutex_);
  ended_ = true;
  samples_.clear();
  sites_.clear();
  budget_->give(std::exchange(taken_, 0));
}

HeapProfile HeapSampler::profile() const {
  HeapProfile profile{.sampleBytes = sampleBytes_, .sites = {}};
  {
    std::lock_guard lock(mutex_);
    profile.sites.reserve(sites_.size());
    for (const auto& [frames, site] : sites_) {
      profile.sites.push_back({.stack = frames,
                               .objects = site.objects,
                               .bytes = site.bytes,
                               .objectsEver = site.objectsEver,
                               .bytesEver = site.bytesEver});
    }
  }
  std::sort(profile.sites.begin(), profile.sites.end(), [](const auto& a, const auto& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.stack < b.stack;
  });
  return profile;
}

}  // namespace troop
