#include "sandbox/sdk/cpp/encoding/reader.h"

#include <algorithm>

namespace troop::inline guest {
namespace {

constexpr std::int64_t wordBytes = 8;

// How often one message may be read over: some is read twice, all of it is not.
constexpr std::uint64_t visitsPerWord = 2;
constexpr std::uint64_t visitsMin = 4096;

// What the values that lists become may take: an element of few bytes can be a value of many.
constexpr std::uint32_t elementsOfNothingMax = 8 << 20;
constexpr std::uint64_t valueBytesPerByte = 64;
constexpr std::uint64_t valueBytesMin = std::uint64_t{64} << 10;
std::uint64_t valueBytesMax = std::uint64_t{16} << 20;

// Kinds of pointers, and sizes of elements as list pointers number them.
enum Kind : std::uint32_t { structPointer, listPointer, farPointer, otherPointer };
enum ElementSize : std::uint32_t { bit = 1, byte = 2, pointer = 6, composite = 7 };
constexpr std::uint32_t elementBits[] = {0, 1, 8, 16, 32, 64, 64};

constexpr std::uint32_t kindMask = 3;
constexpr std::uint32_t elementCountMask = (1u << 29) - 1;
constexpr std::uint32_t capabilityPointer = otherPointer;

std::int64_t wordsOf(std::uint64_t bits) {
  return static_cast<std::int64_t>((bits + 63) / 64);
}

}  // namespace

// Reading

void Reading::limitValues(std::size_t bytes) {
  valueBytesMax = bytes;
}

Reading::Reading(std::span<const std::byte> framed, const std::vector<Capability>& capabilities)
    : framed_(framed.data()),
      size_(static_cast<std::int64_t>(framed.size())),
      capabilities_(capabilities),
      wordsLeft_(std::max(framed.size() / wordBytes * visitsPerWord, visitsMin)),
      valueBytesLeft_(std::min(std::max(framed.size() * valueBytesPerByte, valueBytesMin),
                               std::max(valueBytesMax, valueBytesMin))) {
  readSegmentTable();
}

// The framing:
//
//     u32 segments - 1 | u32 words of segment 0 | u32 words of segment 1 | ... | padding to 8 |
//     segments
void Reading::readSegmentTable() {
  if (size_ < wordBytes) return fail("there is no segment table");
  const std::uint32_t last = wordAt(0);
  if (last >= segmentsMax) return fail("it has too many segments");
  std::int64_t end = ((last + 1) / 2 + 1) * wordBytes;
  if (end > size_) return fail("its segment table is cut off");
  for (std::uint32_t i = 0; i <= last; ++i) {
    end += std::int64_t{wordAt(4 + 4 * std::int64_t{i})} * wordBytes;
  }
  if (end > size_) return fail("it is shorter than its segment table says");
  segments_ = last + 1;
}

void Reading::fail(const char* reason) {
  if (fault_ != nullptr) return;
  fault_ = reason;
  // No pointer can be followed any more.
  segments_ = 0;
  wordsLeft_ = 0;
  valueBytesLeft_ = 0;
}

std::uint32_t Reading::wordAt(std::int64_t place) const {
  std::uint32_t word;
  std::memcpy(&word, framed_ + place, sizeof word);
  return word;
}

Reading::Segment Reading::segment(std::uint32_t number) const {
  std::int64_t begin = (std::int64_t{segments_} / 2 + 1) * wordBytes;
  for (std::uint32_t i = 0; i < number; ++i) {
    begin += std::int64_t{wordAt(4 + 4 * std::int64_t{i})} * wordBytes;
  }
  return {begin, begin + std::int64_t{wordAt(4 + 4 * std::int64_t{number})} * wordBytes};
}

bool Reading::contains(std::uint32_t number, std::int64_t begin, std::int64_t bytes) {
  // What is nothing may lie anywhere: there is nothing to read.
  if (bytes == 0) return true;
  if (number < segments_) {
    const Segment bounds = segment(number);
    if (bounds.begin <= begin && begin + bytes <= bounds.end) return true;
  }
  fail("a pointer leads out of it");
  return false;
}

bool Reading::visit(std::uint64_t words) {
  if (fault_ != nullptr) return false;
  if (words > wordsLeft_) {
    fail("its pointers lead to the same place too often");
    return false;
  }
  wordsLeft_ -= words;
  return true;
}

StructReader Reading::root() {
  if (segments_ == 0 || !contains(0, segment(0).begin, wordBytes)) return {};
  return structure(0, segment(0).begin, 0);
}

// Far pointers, and what they lead to:
//
//     far         u29 words of the segment | double: 1 bit | 2      u32 segment
//     landing pad            the pointer itself, or, where it is double,
//                            a far pointer to the object, then a tag: the pointer without an offset
bool Reading::followFar(Pointer& found) {
  const bool isDouble = (found.low & 4) != 0;
  const std::uint32_t number = found.high;
  if (number >= segments_) return fail("a pointer leads to a segment that it has not"), false;
  const std::int64_t pad = segment(number).begin + std::int64_t{found.low >> 3} * wordBytes;
  const std::int64_t bytes = isDouble ? 2 * wordBytes : wordBytes;
  if (!contains(number, pad, bytes) || !visit(static_cast<std::uint64_t>(bytes / wordBytes))) {
    return false;
  }
  const std::uint32_t low = wordAt(pad), high = wordAt(pad + 4);
  if (!isDouble) {
    found = {low, high, pad + wordBytes + (static_cast<std::int32_t>(low) >> 2) * wordBytes,
             number};
    if ((low & kindMask) == farPointer) fail("a far pointer leads to another one");
    return fault_ == nullptr;
  }
  if ((low & 7) != farPointer || high >= segments_) {
    return fail("a double far pointer is malformed"), false;
  }
  found = {wordAt(pad + wordBytes), wordAt(pad + wordBytes + 4),
           segment(high).begin + std::int64_t{low >> 3} * wordBytes, high};
  if ((found.low & kindMask) == farPointer) fail("a far pointer leads to another one");
  return fault_ == nullptr;
}

bool Reading::follow(std::uint32_t number, std::int64_t place, Pointer& found) {
  if (fault_ != nullptr) return false;
  const std::uint32_t low = wordAt(place), high = wordAt(place + 4);
  if (low == 0 && high == 0) return false;
  found = {low, high, place + wordBytes + (static_cast<std::int32_t>(low) >> 2) * wordBytes,
           number};
  return (low & kindMask) != farPointer || followFar(found);
}

//     struct      s30 words to it | 0      u16 words of data | u16 pointers
StructReader Reading::structure(std::uint32_t number, std::int64_t place, unsigned depth) {
  Pointer pointer;
  if (!follow(number, place, pointer)) return {};
  if ((pointer.low & kindMask) != structPointer) {
    return fail("it has something else where a struct should be"), StructReader();
  }
  if (depth >= depthMax) return fail("it is too deep"), StructReader();
  StructReader found;
  found.reading_ = this;
  found.begin_ = pointer.target;
  found.dataBytes_ = (pointer.high & 0xffff) * wordBytes;
  found.pointers_ = pointer.high >> 16;
  found.segment_ = pointer.segment;
  found.depth_ = depth + 1;
  const std::int64_t words = found.dataBytes_ / wordBytes + found.pointers_;
  if (!contains(pointer.segment, pointer.target, words * wordBytes)) return {};
  if (!visit(static_cast<std::uint64_t>(words))) return {};
  return found;
}

//     list        s30 words to it | 1      u29 elements | u3 their size
ListReader Reading::list(std::uint32_t number, std::int64_t place, unsigned depth) {
  Pointer pointer;
  if (!follow(number, place, pointer)) return {};
  if ((pointer.low & kindMask) != listPointer) {
    return fail("it has something else where a list should be"), ListReader();
  }
  if (depth >= depthMax) return fail("it is too deep"), ListReader();
  const std::uint32_t size = pointer.high & 7;
  if (size == composite) return structureList(pointer, depth);
  ListReader found;
  found.reading_ = this;
  found.begin_ = pointer.target;
  found.size_ = pointer.high >> 3;
  found.stepBits_ = elementBits[size];
  found.dataBytes_ = size == ElementSize::pointer ? 0 : found.stepBits_ / 8;
  found.pointers_ = size == ElementSize::pointer ? 1 : 0;
  found.segment_ = pointer.segment;
  found.depth_ = depth + 1;
  const std::int64_t words = wordsOf(std::uint64_t{found.size_} * found.stepBits_);
  if (!contains(pointer.segment, pointer.target, words * wordBytes)) return {};
  return admitted(found, static_cast<std::uint64_t>(words));
}

// A list, if it may be visited.
ListReader Reading::admitted(const ListReader& list, std::uint64_t words) {
  if (list.stepBits_ == 0 && list.size_ > elementsOfNothingMax) fail("a list is out of proportion");
  return visit(words) ? list : ListReader();
}

//     structs     as above; u29 words of all elements | 7
//     before them a tag: u29 elements | 0      u16 words of data | u16 pointers
ListReader Reading::structureList(const Pointer& pointer, unsigned depth) {
  const std::int64_t words = pointer.high >> 3;
  if (!contains(pointer.segment, pointer.target, (1 + words) * wordBytes)) return {};
  const std::uint32_t tag = wordAt(pointer.target), sizes = wordAt(pointer.target + 4);
  ListReader found;
  found.reading_ = this;
  found.begin_ = pointer.target + wordBytes;
  found.size_ = (tag >> 2) & elementCountMask;
  found.dataBytes_ = (sizes & 0xffff) * wordBytes;
  found.pointers_ = sizes >> 16;
  found.segment_ = pointer.segment;
  found.depth_ = depth + 1;
  const std::uint32_t wordsEach = found.dataBytes_ / wordBytes + found.pointers_;
  found.stepBits_ = wordsEach * 64;
  if ((tag & kindMask) != structPointer) {
    return fail("a list of structs has no tag"), ListReader();
  }
  if (std::int64_t{found.size_} * wordsEach > words) {
    return fail("the structs of a list are larger than the list"), ListReader();
  }
  return admitted(found, static_cast<std::uint64_t>(1 + words));
}

std::span<const std::byte> Reading::bytes(std::uint32_t number, std::int64_t place) {
  Pointer pointer;
  if (!follow(number, place, pointer)) return {};
  if ((pointer.low & kindMask) != listPointer || (pointer.high & 7) != byte) {
    fail("it has something else where text or data should be");
    return {};
  }
  const std::uint32_t size = pointer.high >> 3;
  if (!contains(pointer.segment, pointer.target, size)) return {};
  if (!visit(static_cast<std::uint64_t>(wordsOf(std::uint64_t{size} * 8)))) return {};
  if (size == 0) return {};
  return {framed_ + pointer.target, size};
}

//     capability  3      u32 index
Capability Reading::capability(std::int64_t place) {
  const std::uint32_t kind = wordAt(place), index = wordAt(place + 4);
  if (fault_ != nullptr || (kind == 0 && index == 0)) return {};
  if (kind != capabilityPointer || index >= capabilities_.size()) {
    return fail("it has something else where a capability should be"), Capability();
  }
  return capabilities_[index];
}

// StructReader

bool StructReader::boolean(unsigned bit, bool defaultValue) const {
  const bool stored =
      bit / 8 < dataBytes_ && ((std::to_integer<unsigned>(data()[bit / 8]) >> (bit % 8)) & 1u) != 0;
  return stored != defaultValue;
}

bool StructReader::isNull(unsigned pointer) const {
  if (pointer >= pointers_) return true;
  return reading_->wordAt(place(pointer)) == 0 && reading_->wordAt(place(pointer) + 4) == 0;
}

std::string StructReader::text(unsigned pointer) const {
  if (isNull(pointer)) return {};
  const std::span<const std::byte> bytes = reading_->bytes(segment_, place(pointer));
  if (bytes.empty() || bytes.back() != std::byte{0}) {
    reading_->fail("a text has no zero at its end");
    return {};
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1);
}

std::vector<std::byte> StructReader::data(unsigned pointer) const {
  if (isNull(pointer)) return {};
  const std::span<const std::byte> bytes = reading_->bytes(segment_, place(pointer));
  return {bytes.begin(), bytes.end()};
}

StructReader StructReader::structure(unsigned pointer) const {
  if (isNull(pointer)) return {};
  return reading_->structure(segment_, place(pointer), depth_);
}

ListReader StructReader::list(unsigned pointer) const {
  if (isNull(pointer)) return {};
  return reading_->list(segment_, place(pointer), depth_);
}

Capability StructReader::capability(unsigned pointer) const {
  if (isNull(pointer)) return {};
  return reading_->capability(place(pointer));
}

// ListReader

std::size_t ListReader::admit(std::size_t bytesEach) const {
  if (size_ == 0) return 0;
  const std::uint64_t bytes = std::uint64_t{size_} * bytesEach;
  if (bytes > reading_->valueBytesLeft_) {
    reading_->fail("a list is out of proportion");
    return 0;
  }
  reading_->valueBytesLeft_ -= bytes;
  return size_;
}

const std::byte* ListReader::element(std::size_t index, std::size_t bytes) const {
  if (index >= size_ || bytes > dataBytes_) {
    if (reading_ != nullptr) reading_->fail("the elements of a list are of another type");
    return nullptr;
  }
  return reading_->framed_ + begin_ + static_cast<std::int64_t>(index) * (stepBits_ / 8);
}

bool ListReader::boolean(std::size_t index) const {
  if (index >= size_ || stepBits_ != 1) {
    if (reading_ != nullptr) reading_->fail("the elements of a list are of another type");
    return false;
  }
  const std::byte byte = reading_->framed_[begin_ + static_cast<std::int64_t>(index / 8)];
  return ((std::to_integer<unsigned>(byte) >> (index % 8)) & 1u) != 0;
}

StructReader ListReader::structure(std::size_t index) const {
  if (index >= size_ || stepBits_ == 1) {
    if (reading_ != nullptr) reading_->fail("the elements of a list are of another type");
    return {};
  }
  StructReader found;
  found.reading_ = reading_;
  found.begin_ = begin_ + static_cast<std::int64_t>(index) * (stepBits_ / 8);
  found.dataBytes_ = dataBytes_;
  found.pointers_ = pointers_;
  found.segment_ = segment_;
  found.depth_ = depth_;
  return found;
}

// The element as a struct whose first pointer it is.
StructReader ListReader::pointerOf(std::size_t index) const {
  if (index < size_ && pointers_ != 0) return structure(index);
  if (reading_ != nullptr) reading_->fail("the elements of a list are of another type");
  return {};
}

std::string ListReader::text(std::size_t index) const {
  return pointerOf(index).text(0);
}
std::vector<std::byte> ListReader::data(std::size_t index) const {
  return pointerOf(index).data(0);
}
ListReader ListReader::list(std::size_t index) const {
  return pointerOf(index).list(0);
}
Capability ListReader::capability(std::size_t index) const {
  return pointerOf(index).capability(0);
}

}  // namespace troop::inline guest
