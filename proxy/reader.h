// StructReader and ListReader read a Message in place. They are what generated code is made of;
// offsets and defaults come from the schema.
//
// Ownership: values, cheap to copy; they borrow from the Message, which must outlive them, and
// share what counts the traversal limit of the root() they come from. Threads: all readers that
// come from one root() are used by one thread at a time. Errors: whatever is malformed, out of
// bounds, too deep or too much throws Error(failed, badMessage); what is beyond the end of a
// smaller struct reads as its default, as old senders need. Misuse: an index of a list at or above
// size() throws Error(failed).
//
//   StructReader document = message.root();
//   std::uint32_t words = document.number<std::uint32_t>(0);
//   ListReader headings = document.list(0);
//   for (std::size_t i = 0; i < headings.size(); ++i) use(headings.structure(i).text(0));
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "proxy/capability.h"
#include "proxy/values.h"

namespace troop::proxy {

class AnyPointer;
class ListReader;
struct Reading;  // what readers of one root() share

class StructReader {
 public:
  StructReader();  // the default struct: all fields read as their defaults

  // The number at `offset`, in units of its own size; `defaultValue` is the schema's.
  template <Number T>
  T number(unsigned offset, T defaultValue = {}) const noexcept {
    T value{};
    const std::size_t begin = std::size_t{offset} * sizeof(T);
    if (begin + sizeof(T) <= dataBytes_) std::memcpy(&value, data_ + begin, sizeof(T));
    return masked(value, defaultValue);
  }
  // `defaultValue` is data of the schema, not a choice of behaviour
  bool boolean(unsigned bit, bool defaultValue = false) const noexcept {
    const bool stored = bit / 8 < dataBytes_ &&
                        ((std::to_integer<unsigned>(data_[bit / 8]) >> (bit % 8)) & 1u) != 0;
    return stored != defaultValue;
  }

  bool isNull(unsigned pointer) const;  // null, or beyond the end
  std::string text(unsigned pointer, std::string_view defaultValue = {}) const;
  std::vector<std::byte> data(unsigned pointer) const;
  // The bytes where they lie, valid as long as the Message.
  std::string_view textInPlace(unsigned pointer, std::string_view defaultValue = {}) const;
  std::span<const std::byte> dataInPlace(unsigned pointer) const;
  StructReader structure(unsigned pointer) const;
  ListReader list(unsigned pointer) const;
  Capability capability(unsigned pointer) const;
  AnyPointer anyPointer(unsigned pointer) const;  // a copy of all that it leads to

  std::size_t dataBytes() const noexcept { return dataBytes_; }
  std::size_t pointers() const noexcept { return pointers_; }

 private:
  friend class ListReader;
  friend class Message;
  friend struct Reading;

  std::shared_ptr<Reading> reading_;
  const std::byte* data_ = nullptr;
  std::uint32_t dataBytes_ = 0;
  std::uint32_t pointers_ = 0;
  alignas(8) std::byte section_[48] = {};  // the pointer section, as the library beneath sees it
};

class ListReader {
 public:
  ListReader();  // the empty list

  std::size_t size() const noexcept { return size_; }

  // How many elements to make values of, `bytesEach` large: all; throws where that is out of
  // proportion to the message. An element may be small in it, or nothing at all, and a value large.
  std::size_t admit(std::size_t bytesEach) const;

  template <Number T>
  T number(std::size_t index) const {
    T value;
    std::memcpy(&value, element(index, sizeof(T)), sizeof(T));
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
  friend class StructReader;
  friend struct Reading;

  // The first bytes of an element; throws unless it has at least `bytes`.
  const std::byte* element(std::size_t index, std::size_t bytes) const;
  StructReader pointerOf(std::size_t index) const;

  std::shared_ptr<Reading> reading_;
  std::size_t size_ = 0;
  const std::byte* elements_ = nullptr;  // null where elements are not plain numbers
  std::uint32_t elementBytes_ = 0;
  alignas(8) std::byte list_[48] = {};  // the list, as the library beneath sees it
};

}  // namespace troop::proxy
