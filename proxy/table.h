// A CapabilityTable is the list of the capabilities that a troop without pointers holds: a guest, a
// jailed process, a peer on another machine. It knows them by handles, which mean nothing anywhere
// else.
//
//     handle:  | 0 | generation : 7 | slot : 24 |       never 0, and positive where it is read as
//     signed
//
// A handle that was released stays invalid until its slot has been used 127 times more, and slots
// are used again in the order in which they became free, so that a stale one is hardly ever taken
// for another.
//
// Ownership: the table holds its capabilities until they are released. Threads: one at a time; a
// capability that dies when it is released may call back into the table. Limits: capabilitiesMax;
// its memory is paid for by `payer`. Errors: insert() fails with overloaded/quota, or
// overloaded/memory. Misuse: inserting or releasing while forEach() runs.
//
//   CapabilityTable table{256, troop.memory()};
//   Expected<std::uint32_t> handle = table.insert(std::move(capability));
//   if (const Capability* held = table.find(*handle)) held->deliver(std::move(call));
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "proxy/capability.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"

namespace troop::proxy {

class CapabilityTable {
 public:
  static constexpr unsigned slotBits = 24;
  static constexpr std::size_t slotsMax = std::size_t{1} << slotBits;
  static constexpr unsigned generationMax = 127;
  // What one insertion takes of the payer's memory at most.
  static constexpr std::size_t growthBytesMax = std::size_t{16} << 10;

  // `capabilitiesMax` is at most slotsMax; a null `payer` pays nothing.
  explicit CapabilityTable(std::size_t capabilitiesMax, Ref<Budget> payer = {});

  // A handle of its own for each insertion. A null capability has the handle 0 and takes no room.
  Expected<std::uint32_t> insert(Capability capability);

  // Null if nothing has this handle; valid until the next change of the table.
  const Capability* find(std::uint32_t handle) const noexcept;

  // False if nothing has this handle.
  bool release(std::uint32_t handle) noexcept;
  // Lets go of everything; all handles become invalid.
  void clear() noexcept;

  std::size_t size() const noexcept { return size_; }
  std::size_t capabilitiesMax() const noexcept { return capabilitiesMax_; }

  // Calls visit(handle, capability) for each.
  template <typename Visit>
  void forEach(Visit visit) const {
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].capability) visit(handleOf(slot), slots_[slot].capability);
    }
  }

 private:
  struct Slot {
    Capability capability;  // null: free
    std::uint8_t generation = 1;
  };

  Expected<void> grow();
  std::uint32_t handleOf(std::uint32_t slot) const noexcept {
    return std::uint32_t{slots_[slot].generation} << slotBits | slot;
  }

  const std::size_t capabilitiesMax_;
  const Ref<Budget> payer_;
  std::vector<Charge> charges_;     // one for each time slots_ grew
  std::deque<Slot> slots_;          // which growing does not move
  std::deque<std::uint32_t> free_;  // first freed, first used
  std::size_t size_ = 0;
};

}  // namespace troop::proxy
