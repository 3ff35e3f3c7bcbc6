// A SlotTable gives small numbers to objects and finds them again: calls, questions. A number whose
// object is gone is not given to another one for a long time, so a late or forged number finds
// nothing.
//
//     31 30      24 23                      0
//   +---+----------+------------------------+
//   | 0 | age      | slot + 1               |      ids are positive in 32 bits, 0 is none
//   +---+----------+------------------------+
//
// Ownership: the table owns its objects; they do not move. Threads: the caller protects it.
// Limits: 2^24 - 2 objects at once. Misuse: none; unknown ids find null.
//
//   SlotTable<Question> questions;
//   std::uint32_t id = questions.add(std::make_unique<Question>());
//   if (Question* question = questions.find(id)) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace troop::sandbox::wasm {

template <typename T>
class SlotTable {
 public:
  std::uint32_t add(std::unique_ptr<T> object) {
    if (free_.empty()) {
      free_.reserve(slots_.size() + 1);  // so that remove() never allocates
      slots_.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index].object = std::move(object);
    ++size_;
    return idOf(index);
  }

  T* find(std::uint32_t id) const noexcept {
    const std::uint32_t index = (id & slotMask) - 1;
    return index < slots_.size() && idOf(index) == id ? slots_[index].object.get() : nullptr;
  }

  // Null where there is none.
  std::unique_ptr<T> remove(std::uint32_t id) noexcept {
    if (find(id) == nullptr) return nullptr;
    const std::uint32_t index = (id & slotMask) - 1;
    slots_[index].age = (slots_[index].age + 1) & ageMask;
    free_.push_back(index);
    --size_;
    return std::move(slots_[index].object);
  }

  std::size_t size() const noexcept { return size_; }

  // All objects, in no particular order; the table is empty afterwards.
  std::vector<std::unique_ptr<T>> removeAll() {
    std::vector<std::unique_ptr<T>> objects;
    objects.reserve(size_);
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
      if (slots_[index].object) objects.push_back(remove(idOf(index)));
    }
    return objects;
  }

 private:
  static constexpr std::uint32_t slotBits = 24;
  static constexpr std::uint32_t slotMask = (1u << slotBits) - 1;
  static constexpr std::uint32_t ageMask = 0x7f;

  struct Slot {
    std::unique_ptr<T> object;
    std::uint32_t age = 0;
  };

  std::uint32_t idOf(std::uint32_t index) const noexcept {
    return slots_[index].age << slotBits | (index + 1);
  }

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;  // last in, first out: few slots stay in use, and stay warm
  std::size_t size_ = 0;
};

}  // namespace troop::sandbox::wasm
