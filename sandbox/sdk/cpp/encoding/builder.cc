#include "sandbox/sdk/cpp/encoding/builder.h"

#include <utility>

namespace troop::inline guest {
namespace {

constexpr std::size_t wordBytes = 8;
constexpr std::size_t framingWords = 1;
constexpr std::uint64_t elementsMax = (std::uint64_t{1} << 29) - 1;
constexpr std::uint32_t listPointer = 1;
constexpr std::uint32_t capabilityPointer = 3;
constexpr std::uint32_t composite = 7;

constexpr unsigned elementBits(ElementSize size) {
  constexpr unsigned bits[] = {0, 1, 8, 16, 32, 64, 64};
  return bits[static_cast<unsigned>(size)];
}

// Words from behind the pointer to the target, where a struct or list pointer has them.
std::uint64_t offset(std::size_t pointer, std::size_t target) {
  return static_cast<std::uint64_t>(target - pointer - 1) << 2;
}

std::uint64_t structPointer(std::uint64_t low, unsigned dataWords, unsigned pointers) {
  return (low & 0xffffffff) | std::uint64_t{dataWords} << 32 | std::uint64_t{pointers} << 48;
}

std::uint64_t listPointerTo(std::uint64_t low, std::uint64_t count, std::uint32_t size) {
  return (low & 0xffffffff) | listPointer | (count << 3 | size) << 32;
}

}  // namespace

// Building

std::size_t Building::allocate(std::uint64_t count) {
  const std::size_t begin = words.size();
  words.resize(begin + static_cast<std::size_t>(count));
  return begin;
}

void Building::setBytes(std::size_t pointer, const void* bytes, std::size_t size,
                        std::size_t extra) {
  const std::uint64_t count = std::uint64_t{size} + extra;
  if (count > elementsMax) {
    isTooLarge = true;
    return;
  }
  const std::size_t target = allocate((count + wordBytes - 1) / wordBytes);
  if (size != 0) std::memcpy(at(target), bytes, size);
  words[pointer] =
      listPointerTo(offset(pointer, target), count, static_cast<std::uint32_t>(ElementSize::byte));
}

void Building::setCapability(std::size_t pointer, Capability capability) {
  words[pointer] = 0;
  if (!capability) return;
  words[pointer] = capabilityPointer | std::uint64_t{capabilities.size()} << 32;
  capabilities.push_back(std::move(capability));
}

std::size_t Building::initStructure(std::size_t pointer, unsigned dataWords, unsigned pointers) {
  const std::size_t begin = allocate(dataWords + pointers);
  // A struct of nothing lies just before its pointer's end, so that it is no null pointer.
  const std::uint64_t low = dataWords + pointers == 0 ? 0xfffffffc : offset(pointer, begin);
  words[pointer] = structPointer(low, dataWords, pointers);
  return begin;
}

ListBuilder Building::initList(std::size_t pointer, ElementSize elementSize, std::size_t size) {
  ListBuilder list;
  if (size > elementsMax) {
    isTooLarge = true;
    return list;
  }
  list.building_ = this;
  list.begin_ = allocate((std::uint64_t{size} * elementBits(elementSize) + 63) / 64);
  list.size_ = size;
  list.elementSize_ = elementSize;
  words[pointer] =
      listPointerTo(offset(pointer, list.begin_), size, static_cast<std::uint32_t>(elementSize));
  return list;
}

ListBuilder Building::initStructureList(std::size_t pointer, std::size_t size, unsigned dataWords,
                                        unsigned pointers) {
  ListBuilder list;
  const std::uint64_t count = std::uint64_t{size} * (dataWords + pointers);
  if (size > elementsMax || count > elementsMax) {
    isTooLarge = true;
    return list;
  }
  const std::size_t tag = allocate(1 + count);
  words[tag] = structPointer(std::uint64_t{size} << 2, dataWords, pointers);
  words[pointer] = listPointerTo(offset(pointer, tag), count, composite);
  list.building_ = this;
  list.begin_ = tag + 1;
  list.size_ = size;
  list.elementSize_ = ElementSize::nothing;
  list.dataWords_ = dataWords;
  list.pointers_ = pointers;
  return list;
}

// StructBuilder

char* StructBuilder::dataAt(std::size_t begin, std::size_t size) {
  if (begin + size > std::size_t{dataWords_} * wordBytes)
    endPlugin("a field outside of its struct");
  return building_->at(begin_) + begin;
}

std::size_t StructBuilder::pointerAt(unsigned pointer) const {
  if (pointer >= pointers_) endPlugin("a field outside of its struct");
  return begin_ + dataWords_ + pointer;
}

void StructBuilder::setBoolean(unsigned bit, bool value, bool defaultValue) {
  char& byte = *dataAt(bit / 8, 1);
  const auto mask = static_cast<char>(1u << (bit % 8));
  byte = static_cast<char>(value != defaultValue ? byte | mask : byte & ~mask);
}

void StructBuilder::setText(unsigned pointer, std::string_view value) {
  building_->setBytes(pointerAt(pointer), value.data(), value.size(), 1);
}

void StructBuilder::setData(unsigned pointer, std::span<const std::byte> value) {
  building_->setBytes(pointerAt(pointer), value.data(), value.size(), 0);
}

StructBuilder StructBuilder::initStructure(unsigned pointer, unsigned dataWords,
                                           unsigned pointers) {
  StructBuilder structure;
  structure.building_ = building_;
  structure.begin_ = building_->initStructure(pointerAt(pointer), dataWords, pointers);
  structure.dataWords_ = dataWords;
  structure.pointers_ = pointers;
  return structure;
}

ListBuilder StructBuilder::initList(unsigned pointer, ElementSize elementSize, std::size_t size) {
  return building_->initList(pointerAt(pointer), elementSize, size);
}

ListBuilder StructBuilder::initStructureList(unsigned pointer, std::size_t size, unsigned dataWords,
                                             unsigned pointers) {
  return building_->initStructureList(pointerAt(pointer), size, dataWords, pointers);
}

void StructBuilder::setCapability(unsigned pointer, Capability capability) {
  building_->setCapability(pointerAt(pointer), std::move(capability));
}

// ListBuilder: of one that was too large nothing is kept, and it has no elements to set.

char* ListBuilder::element(std::size_t index, std::size_t bytes) {
  if (index >= size_) return nullptr;
  if (elementBits(elementSize_) != bytes * 8) endPlugin("an element of another type");
  return building_->at(begin_) + index * bytes;
}

void ListBuilder::setBoolean(std::size_t index, bool value) {
  if (index >= size_) return;
  char& byte = building_->at(begin_)[index / 8];
  const auto mask = static_cast<char>(1u << (index % 8));
  byte = static_cast<char>(value ? byte | mask : byte & ~mask);
}

void ListBuilder::setText(std::size_t index, std::string_view value) {
  if (index < size_) building_->setBytes(begin_ + index, value.data(), value.size(), 1);
}

void ListBuilder::setData(std::size_t index, std::span<const std::byte> value) {
  if (index < size_) building_->setBytes(begin_ + index, value.data(), value.size(), 0);
}

StructBuilder ListBuilder::structure(std::size_t index) {
  if (index >= size_) endPlugin("an element outside of its list");
  StructBuilder structure;
  structure.building_ = building_;
  structure.begin_ = begin_ + index * (dataWords_ + pointers_);
  structure.dataWords_ = dataWords_;
  structure.pointers_ = pointers_;
  return structure;
}

ListBuilder ListBuilder::initList(unsigned index, ElementSize elementSize, std::size_t size) {
  if (index >= size_) return {};
  return building_->initList(begin_ + index, elementSize, size);
}

ListBuilder ListBuilder::initStructureList(unsigned index, std::size_t size, unsigned dataWords,
                                           unsigned pointers) {
  if (index >= size_) return {};
  return building_->initStructureList(begin_ + index, size, dataWords, pointers);
}

void ListBuilder::setCapability(std::size_t index, Capability capability) {
  if (index < size_) building_->setCapability(begin_ + index, std::move(capability));
}

// MessageBuilder

MessageBuilder::MessageBuilder(unsigned dataWords, unsigned pointers, std::size_t bytesExpected)
    : building_(std::make_unique<Building>()) {
  building_->words.reserve(framingWords + 1 + dataWords + pointers + bytesExpected / wordBytes + 1);
  const std::size_t pointer = building_->allocate(framingWords + 1) + framingWords;
  root_.building_ = building_.get();
  root_.begin_ = building_->allocate(dataWords + pointers);
  root_.dataWords_ = dataWords;
  root_.pointers_ = pointers;
  const std::uint64_t low = dataWords + pointers == 0 ? 0xfffffffc : 0;
  building_->words[pointer] = structPointer(low, dataWords, pointers);
}

StructBuilder MessageBuilder::root() {
  return root_;
}

std::unique_ptr<Building> MessageBuilder::release() {
  if (building_->isTooLarge) return nullptr;
  building_->words[0] = std::uint64_t{building_->words.size() - framingWords} << 32;
  return std::move(building_);
}

Expected<Outgoing> MessageBuilder::finish() {
  if (building_->isTooLarge) {
    return Error(ErrorKind::failed, "a list, a text or data is larger than a message can hold",
                 ErrorDetail::badMessage, Executed::no);
  }
  Outgoing message;
  for (const Capability& capability : building_->capabilities) {
    const Expected<std::uint32_t> handle = capability.handle();
    if (handle.failed()) return handle.error();
    message.handles.push_back(*handle);
  }
  message.building = release();
  return message;
}

}  // namespace troop::inline guest
