// Reading messages in place: what the bindings that capnpc-troop writes are made of. Plugins see
// the values that bindings make of a message, not this.
//
// A message comes from somebody who may be hostile. Every pointer is checked against its segment, a
// Reading goes at most depthMax pointers deep, visits little more than there are bytes (pointers
// may lead to the same place often), and what lists take as values is bounded. Whatever is wrong
// sets the Reading's fault; from then on all reads as absent, so that reading soon ends. Who reads
// looks at fault() when it is over. Unknown members are passed over; what lies beyond the end of a
// smaller struct reads as its default.
//
// Ownership: readers are values that borrow from the Reading, which borrows the bytes and the
// capabilities.
//
//   Reading reading(bytes, capabilities);
//   RenderParams params = RenderParams::read(reading.root());
//   if (reading.fault() != nullptr) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "proxy/values.h"
#include "sandbox/sdk/cpp/capability.h"

namespace troop::inline guest {

class AnyPointer;
class ListReader;
class StructReader;
struct PointerCopy;

class Reading {
 public:
  static constexpr unsigned depthMax = 64;
  static constexpr unsigned segmentsMax = 64;

  // A framed message, 8-byte aligned.
  Reading(std::span<const std::byte> framed, const std::vector<Capability>& capabilities);

  StructReader root();
  const char* fault() const { return fault_; }  // null while there is none

  // What all lists of one message may take as values at most: a part of the plugin's memory.
  static void limitValues(std::size_t bytes);

 private:
  friend class StructReader;
  friend class ListReader;
  friend struct PointerCopy;

  // Places are bytes from the beginning of the framed message.
  struct Segment {
    std::int64_t begin, end;
  };
  struct Pointer {  // as followed: what it says, and where the object begins
    std::uint32_t low, high;
    std::int64_t target;
    std::uint32_t segment;
  };

  void readSegmentTable();
  void fail(const char* reason);
  std::uint32_t wordAt(std::int64_t place) const;
  Segment segment(std::uint32_t number) const;
  bool contains(std::uint32_t segment, std::int64_t begin, std::int64_t bytes);
  bool visit(std::uint64_t words);
  bool follow(std::uint32_t segment, std::int64_t place, Pointer& found);  // false: null, or fault
  bool followFar(Pointer& found);
  StructReader structure(std::uint32_t segment, std::int64_t place, unsigned depth);
  ListReader list(std::uint32_t segment, std::int64_t place, unsigned depth);
  ListReader admitted(const ListReader& list, std::uint64_t words);
  ListReader structureList(const Pointer& pointer, unsigned depth);
  std::span<const std::byte> bytes(std::uint32_t segment, std::int64_t place);
  Capability capability(std::int64_t place);

  const std::byte* framed_;
  std::int64_t size_;
  std::uint32_t segments_ = 0;
  const std::vector<Capability>& capabilities_;
  std::uint64_t wordsLeft_;
  std::uint64_t valueBytesLeft_;
  const char* fault_ = nullptr;
};

class StructReader {
 public:
  StructReader() = default;  // the default struct: all fields read as their defaults

  // The number at `offset`, in units of its own size; `defaultValue` is the schema's.
  template <proxy::Number T>
  T number(unsigned offset, T defaultValue = {}) const {
    T value{};
    const std::size_t begin = std::size_t{offset} * sizeof(T);
    if (begin + sizeof(T) <= dataBytes_) std::memcpy(&value, data() + begin, sizeof(T));
    return proxy::masked(value, defaultValue);
  }
  // `defaultValue` is data of the schema, not a choice of behaviour
  bool boolean(unsigned bit, bool defaultValue = false) const;

  bool isNull(unsigned pointer) const;  // null, or beyond the end
  std::string text(unsigned pointer) const;
  std::vector<std::byte> data(unsigned pointer) const;
  StructReader structure(unsigned pointer) const;
  ListReader list(unsigned pointer) const;
  Capability capability(unsigned pointer) const;
  AnyPointer anyPointer(unsigned pointer) const;  // a copy of all that it leads to

 private:
  friend class ListReader;
  friend class Reading;
  friend struct PointerCopy;

  const std::byte* data() const { return reading_->framed_ + begin_; }
  std::int64_t place(unsigned pointer) const {
    return begin_ + dataBytes_ + std::int64_t{8} * pointer;
  }

  Reading* reading_ = nullptr;
  std::int64_t begin_ = 0;
  std::uint32_t dataBytes_ = 0;
  std::uint32_t pointers_ = 0;
  std::uint32_t segment_ = 0;
  unsigned depth_ = 0;
};

class ListReader {
 public:
  ListReader() = default;  // the empty list

  std::size_t size() const { return size_; }

  // How many elements to make values of, `bytesEach` large: all, or none where that is out of
  // proportion to the message. An element may be small in it, or nothing at all, and a value large.
  std::size_t admit(std::size_t bytesEach) const;

  // An element: 0 <= index < size(). One of another type than the list has is a fault.
  template <proxy::Number T>
  T number(std::size_t index) const {
    T value{};
    if (const std::byte* from = element(index, sizeof(T))) std::memcpy(&value, from, sizeof(T));
    return value;
  }
  bool boolean(std::size_t index) const;
  std::string text(std::size_t index) const;
  std::vector<std::byte> data(std::size_t index) const;
  StructReader structure(std::size_t index) const;
  ListReader list(std::size_t index) const;
  Capability capability(std::size_t index) const;
  AnyPointer anyPointer(std::size_t index) const;

 private:
  friend class Reading;
  friend struct PointerCopy;

  const std::byte* element(std::size_t index, std::size_t bytes) const;
  StructReader pointerOf(std::size_t index) const;

  Reading* reading_ = nullptr;
  std::int64_t begin_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t stepBits_ = 0;  // from one element to the next; 1: bits
  std::uint32_t dataBytes_ = 0;
  std::uint32_t pointers_ = 0;
  std::uint32_t segment_ = 0;
  unsigned depth_ = 0;
};

}  // namespace troop::inline guest
