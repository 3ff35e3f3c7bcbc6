#include "proxy/builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/encoding/building.h"
#include "proxy/encoding/guard.h"
#include "proxy/encoding/hook.h"

namespace troop::proxy {
namespace {

using encoding::guarded;
using encoding::load;
using encoding::store;
using PointerList = capnp::List<capnp::AnyPointer>;
using Pointers = PointerList::Builder;

constexpr std::size_t wordBytes = sizeof(capnp::word);
constexpr std::size_t wordsFirst = 63;  // of a first segment; with the framing half a KiB
constexpr std::size_t elementsMax = (std::size_t{1} << 29) - 1;
constexpr unsigned sectionMax = 0xffff;  // data words or pointers of a struct

[[noreturn]] void throwOutside(std::string_view what, std::size_t index, std::size_t size) {
  throw Error(ErrorKind::failed, fmt::format("{} {} outside of {}", what, index, size));
}

std::uint16_t sectionOf(unsigned size) {
  if (size > sectionMax) throwOutside("struct section of size", size, sectionMax);
  return static_cast<std::uint16_t>(size);
}

unsigned elementsOf(std::size_t size) {
  if (size > elementsMax) throwOutside("list of size", size, elementsMax);
  return static_cast<unsigned>(size);
}

capnp::Text::Reader readerOf(std::string_view text) {
  elementsOf(text.size() + 1);
  return {text.data(), text.size()};
}

capnp::Data::Reader readerOf(std::span<const std::byte> data) {
  elementsOf(data.size());
  return {reinterpret_cast<const kj::byte*>(data.data()), data.size()};
}

}  // namespace

// Building

kj::ArrayPtr<capnp::word> Building::Segments::allocateSegment(unsigned wordsMin) {
  // Later segments double what there is, so that their number stays small.
  const std::size_t words =
      std::max<std::size_t>(wordsMin, segments_.empty() ? wordsExpected_ : wordsAllocated_);
  const std::size_t size = (words + 1) * wordBytes;
  segments_.push_back({Message::allocate(size, Contents::zeroes), size});
  wordsAllocated_ += words;
  return {reinterpret_cast<capnp::word*>(segments_.back().bytes.get()) + 1, words};
}

Message Building::Segments::release(std::size_t words, std::vector<Capability> capabilities,
                                    const MessageLimits& limits) {
  Segment segment = std::move(segments_.front());
  const std::uint32_t framing[] = {0, static_cast<std::uint32_t>(words)};  // one segment
  std::memcpy(segment.bytes.get(), framing, sizeof framing);
  return Message(std::move(segment.bytes), (words + 1) * wordBytes, segment.size,
                 std::move(capabilities), limits);
}

Building::Building(unsigned dataWords, unsigned pointers, std::size_t bytesExpected)
    : segments(std::max(wordsFirst, bytesExpected / wordBytes + 1)) {
  root = guarded("root struct", 0, [&] {
    return structure(this, table.imbue(segments.getRoot<capnp::AnyPointer>())
                               .initAsAnyStruct(sectionOf(dataWords), sectionOf(pointers)));
  });
}

StructBuilder Building::structure(Building* building, capnp::AnyStruct::Builder structure) {
  StructBuilder result;
  result.building_ = building;
  auto data = structure.getDataSection();
  result.data_ = reinterpret_cast<std::byte*>(data.begin());
  result.dataBytes_ = static_cast<std::uint32_t>(data.size());
  const Pointers pointers = structure.getPointerSection();
  result.pointers_ = pointers.size();
  store(result.section_, pointers);
  return result;
}

ListBuilder Building::list(Building* building, capnp::AnyList::Builder list) {
  ListBuilder result;
  result.building_ = building;
  result.size_ = list.size();
  store(result.list_, list);
  return result;
}

ListBuilder Building::initList(Building* building, capnp::AnyPointer::Builder pointer,
                               ElementSize elementSize, std::size_t size) {
  auto list = pointer.initAsAnyList(static_cast<capnp::ElementSize>(elementSize), elementsOf(size));
  ListBuilder result = Building::list(building, list);
  switch (elementSize) {
    case ElementSize::byte:
      result.elementBytes_ = 1;
      break;
    case ElementSize::twoBytes:
      result.elementBytes_ = 2;
      break;
    case ElementSize::fourBytes:
      result.elementBytes_ = 4;
      break;
    case ElementSize::eightBytes:
      result.elementBytes_ = 8;
      break;
    default:
      return result;
  }
  result.elements_ =
      reinterpret_cast<std::byte*>(const_cast<kj::byte*>(list.asReader().getRawBytes().begin()));
  return result;
}

ListBuilder Building::initStructureList(Building* building, capnp::AnyPointer::Builder pointer,
                                        std::size_t size, unsigned dataWords, unsigned pointers) {
  pointer.initAsListOfAnyStruct(sectionOf(dataWords), sectionOf(pointers), elementsOf(size));
  return list(building, pointer.getAs<capnp::AnyList>());
}

void Building::setCapability(capnp::AnyPointer::Builder pointer, Capability capability) {
  if (!capability) {
    pointer.clear();
    return;
  }
  pointer.setAs<capnp::Capability>(capnp::Capability::Client(
      kj::Own<capnp::ClientHook>(kj::refcounted<encoding::EndpointHook>(std::move(capability)))));
}

capnp::AnyPointer::Builder Building::pointerOf(StructBuilder& structure, unsigned pointer) {
  if (pointer >= structure.pointers_) throwOutside("pointer", pointer, structure.pointers_);
  return load<Pointers>(structure.section_)[pointer];
}

capnp::AnyPointer::Builder Building::pointerOf(ListBuilder& list, std::size_t index) {
  auto elements = load<capnp::AnyList::Builder>(list.list_);
  if (index >= list.size_) throwOutside("element", index, list.size_);
  if (elements.getElementSize() != capnp::ElementSize::POINTER) {
    throw Error(ErrorKind::failed, "a pointer is set in a list whose elements are none");
  }
  return elements.as<PointerList>()[static_cast<unsigned>(index)];
}

// StructBuilder

std::byte* StructBuilder::dataAt(std::size_t begin, std::size_t size) {
  if (begin + size > dataBytes_) throwOutside("data at byte", begin, dataBytes_);
  return data_ + begin;
}

void StructBuilder::setBoolean(unsigned bit, bool value, bool defaultValue) {
  const std::byte mask = std::byte{1} << (bit % 8);
  std::byte& byte = *dataAt(bit / 8, 1);
  byte = value != defaultValue ? byte | mask : byte & ~mask;
}

void StructBuilder::setText(unsigned pointer, std::string_view value) {
  guarded("text at pointer", pointer,
          [&] { Building::pointerOf(*this, pointer).setAs<capnp::Text>(readerOf(value)); });
}

void StructBuilder::setData(unsigned pointer, std::span<const std::byte> value) {
  guarded("data at pointer", pointer,
          [&] { Building::pointerOf(*this, pointer).setAs<capnp::Data>(readerOf(value)); });
}

StructBuilder StructBuilder::initStructure(unsigned pointer, unsigned dataWords,
                                           unsigned pointers) {
  return guarded("struct at pointer", pointer, [&] {
    return Building::structure(building_,
                               Building::pointerOf(*this, pointer)
                                   .initAsAnyStruct(sectionOf(dataWords), sectionOf(pointers)));
  });
}

ListBuilder StructBuilder::initList(unsigned pointer, ElementSize elementSize, std::size_t size) {
  return guarded("list at pointer", pointer, [&] {
    return Building::initList(building_, Building::pointerOf(*this, pointer), elementSize, size);
  });
}

ListBuilder StructBuilder::initStructureList(unsigned pointer, std::size_t size, unsigned dataWords,
                                             unsigned pointers) {
  return guarded("list of structs at pointer", pointer, [&] {
    return Building::initStructureList(building_, Building::pointerOf(*this, pointer), size,
                                       dataWords, pointers);
  });
}

void StructBuilder::setCapability(unsigned pointer, Capability capability) {
  guarded("capability at pointer", pointer, [&] {
    Building::setCapability(Building::pointerOf(*this, pointer), std::move(capability));
  });
}

// ListBuilder

std::byte* ListBuilder::element(std::size_t index, std::size_t bytes) {
  if (index >= size_) throwOutside("element", index, size_);
  if (elements_ == nullptr || bytes != elementBytes_) {
    throw Error(ErrorKind::failed,
                fmt::format("a number of {} bytes in a list whose elements are others", bytes));
  }
  return elements_ + index * elementBytes_;
}

void ListBuilder::setBoolean(std::size_t index, bool value) {
  auto list = load<capnp::AnyList::Builder>(list_);
  if (index >= size_) throwOutside("element", index, size_);
  if (list.getElementSize() != capnp::ElementSize::BIT) {
    throw Error(ErrorKind::failed, "a boolean in a list whose elements are others");
  }
  list.as<capnp::List<bool>>().set(static_cast<unsigned>(index), value);
}

void ListBuilder::setText(std::size_t index, std::string_view value) {
  guarded("text of a list at index", index,
          [&] { Building::pointerOf(*this, index).setAs<capnp::Text>(readerOf(value)); });
}

void ListBuilder::setData(std::size_t index, std::span<const std::byte> value) {
  guarded("data of a list at index", index,
          [&] { Building::pointerOf(*this, index).setAs<capnp::Data>(readerOf(value)); });
}

StructBuilder ListBuilder::structure(std::size_t index) {
  auto list = load<capnp::AnyList::Builder>(list_);
  if (index >= size_) throwOutside("element", index, size_);
  if (list.getElementSize() != capnp::ElementSize::INLINE_COMPOSITE) {
    throw Error(ErrorKind::failed, "a struct in a list whose elements are others");
  }
  return Building::structure(
      building_, list.as<capnp::List<capnp::AnyStruct>>()[static_cast<unsigned>(index)]);
}

ListBuilder ListBuilder::initList(std::size_t index, ElementSize elementSize, std::size_t size) {
  return guarded("list of a list at index", index, [&] {
    return Building::initList(building_, Building::pointerOf(*this, index), elementSize, size);
  });
}

ListBuilder ListBuilder::initStructureList(std::size_t index, std::size_t size, unsigned dataWords,
                                           unsigned pointers) {
  return guarded("list of structs of a list at index", index, [&] {
    return Building::initStructureList(building_, Building::pointerOf(*this, index), size,
                                       dataWords, pointers);
  });
}

void ListBuilder::setCapability(std::size_t index, Capability capability) {
  guarded("capability of a list at index", index, [&] {
    Building::setCapability(Building::pointerOf(*this, index), std::move(capability));
  });
}

// MessageBuilder

MessageBuilder::MessageBuilder(unsigned dataWords, unsigned pointers, std::size_t bytesExpected)
    : building_(std::make_unique<Building>(dataWords, pointers, bytesExpected)) {}
MessageBuilder::MessageBuilder(MessageBuilder&&) noexcept = default;
MessageBuilder& MessageBuilder::operator=(MessageBuilder&&) noexcept = default;
MessageBuilder::~MessageBuilder() = default;

StructBuilder MessageBuilder::root() {
  return building_->root;
}

Expected<Message> MessageBuilder::finish(const Ref<Budget>& payer, const MessageLimits& limits) {
  const std::unique_ptr<Building> building = std::move(building_);
  try {
    Message message = guarded("message of segments", 1, [&] { return building->release(limits); });
    if (message.bytes().size() > limits.bytesMax) {
      return Error(ErrorKind::failed,
                   fmt::format("a message of {} bytes is over the limit of {} bytes",
                               message.bytes().size(), limits.bytesMax),
                   ErrorDetail::badMessage, Executed::no);
    }
    if (message.capabilities().size() > limits.capabilitiesMax) {
      return Error(ErrorKind::failed,
                   fmt::format("{} capabilities in a message are over the limit of {}",
                               message.capabilities().size(), limits.capabilitiesMax),
                   ErrorDetail::badMessage, Executed::no);
    }
    Expected<void> paid = message.chargeTo(payer);
    if (paid.failed()) return std::move(paid).error();
    return message;
  } catch (const Error& error) {
    return error;
  }
}

Message Building::release(const MessageLimits& limits) {
  const auto parts = segments.getSegmentsForOutput();
  if (parts.size() == 1) {
    return segments.release(parts[0].size(), encoding::capabilitiesOf(table.getTable()), limits);
  }
  // Several segments: copied into one that is large enough for all of it.
  std::size_t words = 0;
  for (const auto& part : parts) words += part.size();
  Segments whole(words);
  capnp::BuilderCapabilityTable copied;
  const auto from = table.imbue(segments.getRoot<capnp::AnyPointer>());
  copied.imbue(whole.getRoot<capnp::AnyPointer>()).set(from.asReader());
  const auto segment = whole.getSegmentsForOutput();
  if (segment.size() != 1) {
    throw Error(ErrorKind::failed, "a copied message does not fit where it came from");
  }
  return whole.release(segment[0].size(), encoding::capabilitiesOf(copied.getTable()), limits);
}

}  // namespace troop::proxy
