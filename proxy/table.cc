#include "proxy/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace troop::proxy {
namespace {

constexpr std::uint32_t slotMask = CapabilityTable::slotsMax - 1;
constexpr std::size_t firstSlots = 16;
constexpr std::size_t slotsAtOnceMax = CapabilityTable::growthBytesMax / 32;

}  // namespace

CapabilityTable::CapabilityTable(std::size_t capabilitiesMax, Ref<Budget> payer)
    : capabilitiesMax_(std::min(capabilitiesMax, slotsMax)), payer_(std::move(payer)) {}

Expected<std::uint32_t> CapabilityTable::insert(Capability capability) {
  if (!capability) return 0u;
  if (size_ == capabilitiesMax_) {
    return Error(ErrorKind::overloaded, fmt::format("{} capabilities are held already", size_),
                 ErrorDetail::quota, Executed::no);
  }
  if (free_.empty()) {
    if (Expected<void> grown = grow(); grown.failed()) return std::move(grown).error();
  }
  const std::uint32_t slot = free_.front();
  free_.pop_front();
  slots_[slot].capability = std::move(capability);
  ++size_;
  return handleOf(slot);
}

Expected<void> CapabilityTable::grow() {
  const std::size_t before = slots_.size();
  const std::size_t after =
      std::min(before + std::clamp(before, firstSlots, slotsAtOnceMax), capabilitiesMax_);
  if (payer_) {
    constexpr std::size_t slotBytes = sizeof(Slot) + sizeof(std::uint32_t);
    static_assert(slotBytes * slotsAtOnceMax <= growthBytesMax);
    Expected<Charge> charge = payer_->charge((after - before) * slotBytes);
    if (charge.failed()) return std::move(charge).error();
    charges_.push_back(std::move(charge).value());
  }
  slots_.resize(after);
  for (std::size_t slot = before; slot < after; ++slot) {
    free_.push_back(static_cast<std::uint32_t>(slot));
  }
  return {};
}

const Capability* CapabilityTable::find(std::uint32_t handle) const noexcept {
  const std::uint32_t slot = handle & slotMask;
  if (slot >= slots_.size() || !slots_[slot].capability || handleOf(slot) != handle) return nullptr;
  return &slots_[slot].capability;
}

bool CapabilityTable::release(std::uint32_t handle) noexcept {
  if (find(handle) == nullptr) return false;
  const std::uint32_t slot = handle & slotMask;
  // Dropped at the end: what dies with it may use the table.
  const Capability dropped = std::move(slots_[slot].capability);
  slots_[slot].generation = slots_[slot].generation % generationMax + 1;
  free_.push_back(slot);
  --size_;
  return true;
}

void CapabilityTable::clear() noexcept {
  std::vector<Capability> dropped;
  dropped.reserve(size_);
  forEach([&](std::uint32_t, const Capability& capability) { dropped.push_back(capability); });
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].capability) release(handleOf(slot));
  }
}

}  // namespace troop::proxy
