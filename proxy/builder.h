// MessageBuilder makes a Message: its root struct is filled in through StructBuilder and
// ListBuilder, which are what generated code is made of. The Message it makes has one segment
// always.
//
// Ownership: builders borrow from the MessageBuilder, which must outlive them. Threads: one at a
// time. Limits: Cap'n Proto's on one object (2^29 - 1 elements or bytes); finish() checks those of
// the Message. Errors: an object over these limits, or a field outside of its struct, throws
// Error(failed). Misuse: setting a pointer again wastes the space of what it pointed to.
//
//   MessageBuilder builder{1, 1};              // one word of data, one pointer
//   builder.root().setText(0, "# Title");
//   Expected<Message> message = builder.finish(troop.memory());
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "proxy/capability.h"
#include "proxy/message.h"
#include "proxy/reader.h"
#include "proxy/values.h"

namespace troop::proxy {

class AnyPointer;
class ListBuilder;
struct Building;  // what builders of one message share

class StructBuilder {
 public:
  template <Number T>
  void setNumber(unsigned offset, T value, T defaultValue = {}) {
    const T stored = masked(value, defaultValue);
    std::memcpy(dataAt(std::size_t{offset} * sizeof(T), sizeof(T)), &stored, sizeof(T));
  }
  // Both are data of the message, not choices of behaviour
  void setBoolean(unsigned bit, bool value, bool defaultValue = false);
  void setText(unsigned pointer, std::string_view value);
  void setData(unsigned pointer, std::span<const std::byte> value);
  StructBuilder initStructure(unsigned pointer, unsigned dataWords, unsigned pointers);
  ListBuilder initList(unsigned pointer, ElementSize elementSize, std::size_t size);
  ListBuilder initStructureList(unsigned pointer, std::size_t size, unsigned dataWords,
                                unsigned pointers);
  void setCapability(unsigned pointer, Capability capability);  // null clears the pointer
  void setAnyPointer(unsigned pointer, const AnyPointer& value);

 private:
  friend class ListBuilder;
  friend class MessageBuilder;
  friend struct Building;

  std::byte* dataAt(std::size_t begin, std::size_t size);

  Building* building_ = nullptr;
  std::byte* data_ = nullptr;
  std::uint32_t dataBytes_ = 0;
  std::uint32_t pointers_ = 0;
  alignas(8) std::byte section_[40] = {};  // the pointer section, as the library beneath sees it
};

class ListBuilder {
 public:
  std::size_t size() const noexcept { return size_; }

  template <Number T>
  void setNumber(std::size_t index, T value) {
    std::memcpy(element(index, sizeof(T)), &value, sizeof(T));
  }
  // `value` is data of the message, not a choice of behaviour
  void setBoolean(std::size_t index, bool value);
  void setText(std::size_t index, std::string_view value);
  void setData(std::size_t index, std::span<const std::byte> value);
  StructBuilder structure(std::size_t index);  // of a list made by initStructureList
  ListBuilder initList(std::size_t index, ElementSize elementSize, std::size_t size);
  ListBuilder initStructureList(std::size_t index, std::size_t size, unsigned dataWords,
                                unsigned pointers);
  void setCapability(std::size_t index, Capability capability);
  void setAnyPointer(std::size_t index, const AnyPointer& value);

 private:
  friend class StructBuilder;
  friend struct Building;

  // An element of exactly `bytes`; throws otherwise.
  std::byte* element(std::size_t index, std::size_t bytes);

  Building* building_ = nullptr;
  std::size_t size_ = 0;
  std::byte* elements_ = nullptr;  // null where elements are not plain numbers
  std::uint32_t elementBytes_ = 0;
  alignas(8) std::byte list_[40] = {};  // the list, as the library beneath sees it
};

class MessageBuilder {
 public:
  // `bytesExpected`: about how much will be put in; a good guess saves a copy of everything.
  MessageBuilder(unsigned dataWords, unsigned pointers, std::size_t bytesExpected = 0);
  MessageBuilder(MessageBuilder&&) noexcept;
  MessageBuilder& operator=(MessageBuilder&&) noexcept;
  ~MessageBuilder();

  StructBuilder root();

  // The Message, paid for by `payer` (null: nobody). Fails with overloaded/memory, or with
  // failed/badMessage if it is over `limits`. The builder is used up.
  Expected<Message> finish(const Ref<Budget>& payer, const MessageLimits& limits = {});

 private:
  std::unique_ptr<Building> building_;
};

// A builder for a message whose root is a T; `bytesExpected` of texts and data besides.
template <typename T>
MessageBuilder builderFor(std::size_t bytesExpected = 0) {
  return MessageBuilder(T::dataWords, T::pointers,
                        8 * (1 + T::dataWords + T::pointers) + bytesExpected);
}

}  // namespace troop::proxy
