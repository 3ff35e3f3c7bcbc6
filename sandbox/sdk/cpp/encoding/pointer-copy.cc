#include "sandbox/sdk/cpp/encoding/pointer-copy.h"

#include <algorithm>

namespace troop::inline guest {
namespace {

constexpr std::int64_t wordBytes = 8;
constexpr std::uint32_t kindMask = 3;
enum Kind : std::uint32_t { structPointer, listPointer, farPointer, otherPointer };
constexpr std::uint32_t composite = 7;

}  // namespace

void PointerCopy::copy(const StructReader& from, unsigned pointer, Building& to, std::size_t word) {
  if (from.isNull(pointer)) return;
  copy(Source{*from.reading_, from.segment_, from.place(pointer), from.depth_}, to, word);
}

void PointerCopy::copy(const Source& from, Building& to, std::size_t word) {
  Reading::Pointer pointer;
  if (!from.reading.follow(from.segment, from.place, pointer)) return;
  switch (pointer.low & kindMask) {
    case structPointer:
      return copyStructure(from, to, word);
    case listPointer:
      return copyList(from, pointer.high & 7, to, word);
    default:
      // It may be beside a landing pad, so what was followed counts.
      if (pointer.low != otherPointer || pointer.high >= from.reading.capabilities_.size()) {
        return from.reading.fail("it has something else where a capability should be");
      }
      to.setCapability(word, from.reading.capabilities_[pointer.high]);
  }
}

void PointerCopy::copyStructure(const Source& from, Building& to, std::size_t word) {
  const StructReader structure = from.reading.structure(from.segment, from.place, from.depth);
  if (structure.reading_ == nullptr) return;  // a fault
  const unsigned dataWords = structure.dataBytes_ / wordBytes;
  const std::size_t begin = to.initStructure(word, dataWords, structure.pointers_);
  if (dataWords != 0) std::memcpy(to.at(begin), structure.data(), structure.dataBytes_);
  for (unsigned i = 0; i < structure.pointers_; ++i) copy(structure, i, to, begin + dataWords + i);
}

void PointerCopy::copyList(const Source& from, std::uint32_t elementSize, Building& to,
                           std::size_t word) {
  const ListReader list = from.reading.list(from.segment, from.place, from.depth);
  if (list.reading_ == nullptr) return;
  if (elementSize == composite) {
    const ListBuilder copied =
        to.initStructureList(word, list.size_, list.dataBytes_ / wordBytes, list.pointers_);
    if (!to.isTooLarge) copyElements(list, to, copied.begin_);
    return;
  }
  const ListBuilder copied = to.initList(word, static_cast<ElementSize>(elementSize), list.size_);
  if (to.isTooLarge) return;
  if (list.pointers_ != 0) return copyElements(list, to, copied.begin_);
  const std::uint64_t bytes = (std::uint64_t{list.size_} * list.stepBits_ + 7) / 8;
  if (bytes == 0) return;
  std::memcpy(to.at(copied.begin_), from.reading.framed_ + list.begin_,
              static_cast<std::size_t>(bytes));
}

void PointerCopy::copyElements(const ListReader& from, Building& to, std::size_t begin) {
  const std::size_t dataWords = from.dataBytes_ / wordBytes;
  for (std::size_t i = 0; i < from.size_ && from.reading_->fault() == nullptr; ++i) {
    const StructReader element = from.structure(i);
    const std::size_t place = begin + i * (dataWords + from.pointers_);
    if (dataWords != 0) std::memcpy(to.at(place), element.data(), from.dataBytes_);
    for (unsigned k = 0; k < from.pointers_; ++k) copy(element, k, to, place + dataWords + k);
  }
}

}  // namespace troop::inline guest
