// Building messages: what the bindings that capnpc-troop writes are made of. Plugins give values to
// bindings, not to this.
//
// A message has one segment, which grows. Its capabilities stand beside it; a pointer holds their
// index.
//
// Ownership: builders borrow from the MessageBuilder. Limits: those of the encoding on one object
// (2^29 - 1 elements); what is over them is left out and finish() says so. Misuse: a field outside
// of its struct ends the plugin.
//
//   MessageBuilder builder(1, 1);              // one word of data, one pointer
//   builder.root().setText(0, "# Title");
//   Expected<Outgoing> message = builder.finish();
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/values.h"
#include "sandbox/sdk/cpp/capability.h"

namespace troop::inline guest {

class AnyPointer;
class ListBuilder;
class StructReader;

using proxy::ElementSize;

// What builders of one message share.
struct Building {
  std::vector<std::uint64_t> words;  // the framing, then the segment
  std::vector<Capability> capabilities;
  bool isTooLarge = false;

  // Where `count` new words begin, which are zero.
  std::size_t allocate(std::uint64_t count);
  char* at(std::size_t word) { return reinterpret_cast<char*>(words.data() + word); }

  // Each sets the pointer at a word.
  void setBytes(std::size_t pointer, const void* bytes, std::size_t size, std::size_t extra);
  void setCapability(std::size_t pointer, Capability capability);
  std::size_t initStructure(std::size_t pointer, unsigned dataWords, unsigned pointers);
  ListBuilder initList(std::size_t pointer, ElementSize elementSize, std::size_t size);
  ListBuilder initStructureList(std::size_t pointer, std::size_t size, unsigned dataWords,
                                unsigned pointers);
};

class StructBuilder {
 public:
  template <proxy::Number T>
  void setNumber(unsigned offset, T value, T defaultValue = {}) {
    const T stored = proxy::masked(value, defaultValue);
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
  void copyPointer(unsigned pointer, const StructReader& from, unsigned source);

 private:
  friend class ListBuilder;
  friend class MessageBuilder;

  char* dataAt(std::size_t begin, std::size_t size);
  std::size_t pointerAt(unsigned pointer) const;

  Building* building_ = nullptr;
  std::size_t begin_ = 0;
  unsigned dataWords_ = 0;
  unsigned pointers_ = 0;
};

class ListBuilder {
 public:
  std::size_t size() const { return size_; }

  template <proxy::Number T>
  void setNumber(std::size_t index, T value) {
    if (char* to = element(index, sizeof(T))) std::memcpy(to, &value, sizeof(T));
  }
  // `value` is data of the message, not a choice of behaviour
  void setBoolean(std::size_t index, bool value);
  void setText(std::size_t index, std::string_view value);
  void setData(std::size_t index, std::span<const std::byte> value);
  StructBuilder structure(std::size_t index);  // of a list made by initStructureList
  ListBuilder initList(unsigned index, ElementSize elementSize, std::size_t size);
  ListBuilder initStructureList(unsigned index, std::size_t size, unsigned dataWords,
                                unsigned pointers);
  void setCapability(std::size_t index, Capability capability);
  void setAnyPointer(std::size_t index, const AnyPointer& value);

 private:
  friend struct Building;
  friend struct PointerCopy;

  char* element(std::size_t index, std::size_t bytes);

  Building* building_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  ElementSize elementSize_ = ElementSize::nothing;
  unsigned dataWords_ = 0;  // of a list of structs
  unsigned pointers_ = 0;
};

// A message that is ready to be sent.
struct Outgoing {
  std::unique_ptr<Building> building;
  std::vector<std::uint32_t> handles;

  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(building->words)); }
};

class MessageBuilder {
 public:
  // `bytesExpected`: about how much will be put in; a good guess saves copies.
  MessageBuilder(unsigned dataWords, unsigned pointers, std::size_t bytesExpected = 0);

  StructBuilder root();

  // Fails where it is too large, or with the error of a broken capability in it. The builder is
  // used up.
  Expected<Outgoing> finish();
  // What has been built, without an export of its capabilities; null where it is too large.
  std::unique_ptr<Building> release();

 private:
  std::unique_ptr<Building> building_;
  StructBuilder root_;
};

// A builder for a message whose root is a T; `bytesExpected` of texts and data besides.
template <typename T>
MessageBuilder builderFor(std::size_t bytesExpected = 0) {
  return MessageBuilder(T::dataWords, T::pointers,
                        8 * (1 + T::dataWords + T::pointers) + bytesExpected);
}

}  // namespace troop::inline guest
