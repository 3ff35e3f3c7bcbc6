#include "proxy/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "proxy/encoding/guard.h"
#include "proxy/encoding/hook.h"
#include "proxy/encoding/reading.h"
#include "proxy/message.h"

static_assert(std::endian::native == std::endian::little,
              "numbers are copied from messages as they lie");

namespace troop::proxy {
namespace {

using encoding::guarded;
using encoding::load;
using encoding::store;
using PointerList = capnp::List<capnp::AnyPointer>;
using Pointers = PointerList::Reader;

// How much of a message may be read for each of its bytes: enough for code that reads some things
// more than once, and what bounds how much larger than itself a small message can look.
constexpr std::size_t traversalPerByte = 8;
constexpr std::size_t traversalBytesMin = std::size_t{64} << 10;

// How large the values that its lists are made of may be altogether, for each byte of a message:
// structs whose fields are mostly absent, or booleans, are several times larger as values.
constexpr std::size_t valueBytesPerByte = 32;
constexpr std::size_t valueBytesMin = std::size_t{1} << 20;

capnp::ReaderOptions optionsOf(const Message& message) {
  const std::size_t bytes =
      std::min(message.limits().traversalBytesMax,
               std::max(traversalBytesMin, message.bytes().size() * traversalPerByte));
  capnp::ReaderOptions options;
  options.traversalLimitInWords = bytes / sizeof(capnp::word);
  options.nestingLimit =
      static_cast<int>(std::min<std::size_t>(message.limits().depthMax, 1 << 16));
  return options;
}

kj::ArrayPtr<const capnp::word> wordsOf(const Message& message) {
  return {reinterpret_cast<const capnp::word*>(message.bytes().data()),
          message.bytes().size() / sizeof(capnp::word)};
}

[[noreturn]] void throwIndex(std::size_t index, std::size_t size) {
  throw Error(ErrorKind::failed, fmt::format("index {} in a list of {} elements", index, size));
}

[[noreturn]] void throwElements(std::string_view expected) {
  throw Error(ErrorKind::failed,
              fmt::format("malformed message: a list whose elements are not {}", expected),
              ErrorDetail::badMessage);
}

std::string_view viewOf(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

std::span<const std::byte> viewOf(capnp::Data::Reader data) {
  return {reinterpret_cast<const std::byte*>(data.begin()), data.size()};
}

std::vector<std::byte> copyOf(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Reading::Reading(const Message& message)
    : reader(wordsOf(message), optionsOf(message)),
      valueBytesLeft(std::max(valueBytesMin, message.bytes().size() * valueBytesPerByte)) {
  if (!message.capabilities().empty()) {
    capabilities.emplace(encoding::hooksOf(message.capabilities()));
  }
}

StructReader Reading::root(const Message& message) {
  return guarded("root pointer of segment", 0, [&] {
    auto reading = std::make_shared<Reading>(message);
    capnp::AnyPointer::Reader pointer = reading->reader.getRoot<capnp::AnyPointer>();
    if (reading->capabilities) pointer = reading->capabilities->imbue(pointer);
    return structure(reading, pointer.getAs<capnp::AnyStruct>());
  });
}

StructReader Reading::structure(const std::shared_ptr<Reading>& reading,
                                capnp::AnyStruct::Reader structure) {
  StructReader result;
  result.reading_ = reading;
  const auto data = structure.getDataSection();
  result.data_ = reinterpret_cast<const std::byte*>(data.begin());
  result.dataBytes_ = static_cast<std::uint32_t>(data.size());
  const Pointers pointers = structure.getPointerSection();
  result.pointers_ = pointers.size();
  store(result.section_, pointers);
  return result;
}

ListReader Reading::list(const std::shared_ptr<Reading>& reading, capnp::AnyPointer::Reader pointer,
                         std::string_view where, std::size_t index) {
  return guarded(where, index, [&] {
    const capnp::AnyList::Reader list = pointer.getAs<capnp::AnyList>();
    ListReader result;
    result.reading_ = reading;
    result.size_ = list.size();
    store(result.list_, list);
    switch (list.getElementSize()) {
      case capnp::ElementSize::BYTE:
        result.elementBytes_ = 1;
        break;
      case capnp::ElementSize::TWO_BYTES:
        result.elementBytes_ = 2;
        break;
      case capnp::ElementSize::FOUR_BYTES:
        result.elementBytes_ = 4;
        break;
      case capnp::ElementSize::EIGHT_BYTES:
        result.elementBytes_ = 8;
        break;
      default:
        return result;
    }
    result.elements_ = reinterpret_cast<const std::byte*>(list.getRawBytes().begin());
    return result;
  });
}

Capability Reading::capability(capnp::AnyPointer::Reader pointer, std::string_view where,
                               std::size_t index) {
  return guarded(where, index, [&]() -> Capability {
    if (pointer.isNull()) return {};
    auto hook = capnp::ClientHook::from(pointer.getAs<capnp::Capability>());
    return encoding::EndpointHook::of(*hook);
  });
}

capnp::AnyPointer::Reader Reading::element(const ListReader& reader, std::size_t index) {
  if (index >= reader.size_) throwIndex(index, reader.size_);
  const auto list = load<capnp::AnyList::Reader>(reader.list_);
  // A list of pointers that has since become a list of structs is read as their first pointers.
  const bool pointers = list.getElementSize() == capnp::ElementSize::POINTER ||
                        (list.getElementSize() == capnp::ElementSize::INLINE_COMPOSITE &&
                         reader.structure(index).pointers() != 0);
  if (!pointers) throwElements("pointers");
  return list.as<PointerList>()[static_cast<unsigned>(index)];
}

// StructReader

StructReader::StructReader() = default;

bool StructReader::isNull(unsigned pointer) const {
  if (pointer >= pointers_) return true;
  return guarded("pointer", pointer, [&] { return load<Pointers>(section_)[pointer].isNull(); });
}

std::string_view StructReader::textInPlace(unsigned pointer, std::string_view defaultValue) const {
  if (isNull(pointer)) return defaultValue;
  return guarded("text at pointer", pointer,
                 [&] { return viewOf(load<Pointers>(section_)[pointer].getAs<capnp::Text>()); });
}

std::span<const std::byte> StructReader::dataInPlace(unsigned pointer) const {
  if (pointer >= pointers_) return {};
  return guarded("data at pointer", pointer,
                 [&] { return viewOf(load<Pointers>(section_)[pointer].getAs<capnp::Data>()); });
}

std::string StructReader::text(unsigned pointer, std::string_view defaultValue) const {
  return std::string(textInPlace(pointer, defaultValue));
}

std::vector<std::byte> StructReader::data(unsigned pointer) const {
  return copyOf(dataInPlace(pointer));
}

StructReader StructReader::structure(unsigned pointer) const {
  if (pointer >= pointers_) return {};
  return guarded("struct at pointer", pointer, [&] {
    return Reading::structure(reading_,
                              load<Pointers>(section_)[pointer].getAs<capnp::AnyStruct>());
  });
}

ListReader StructReader::list(unsigned pointer) const {
  if (pointer >= pointers_) return {};
  return Reading::list(reading_, load<Pointers>(section_)[pointer], "list at pointer", pointer);
}

Capability StructReader::capability(unsigned pointer) const {
  if (pointer >= pointers_) return {};
  return Reading::capability(load<Pointers>(section_)[pointer], "capability at pointer", pointer);
}

// ListReader

ListReader::ListReader() = default;

std::size_t ListReader::admit(std::size_t bytesEach) const {
  if (size_ == 0) return 0;
  // Neither factor is near the square root of what fits: no overflow.
  const std::size_t bytes = size_ * bytesEach;
  if (bytes > reading_->valueBytesLeft) {
    throw Error(ErrorKind::failed,
                fmt::format("malformed message: a list of {} elements is out of proportion", size_),
                ErrorDetail::badMessage);
  }
  reading_->valueBytesLeft -= bytes;
  return size_;
}

const std::byte* ListReader::element(std::size_t index, std::size_t bytes) const {
  if (index >= size_) throwIndex(index, size_);
  if (elements_ != nullptr) {
    if (bytes > elementBytes_) throwElements(fmt::format("numbers of {} bytes", bytes));
    return elements_ + index * elementBytes_;
  }
  // A list of numbers that has since become a list of structs is read as their first fields.
  const auto list = load<capnp::AnyList::Reader>(list_);
  if (list.getElementSize() == capnp::ElementSize::INLINE_COMPOSITE) {
    const StructReader structure = this->structure(index);
    if (bytes <= structure.dataBytes_) return structure.data_;
  }
  throwElements(fmt::format("numbers of {} bytes", bytes));
}

bool ListReader::boolean(std::size_t index) const {
  if (index >= size_) throwIndex(index, size_);
  const auto list = load<capnp::AnyList::Reader>(list_);
  if (list.getElementSize() != capnp::ElementSize::BIT) throwElements("booleans");
  return list.as<capnp::List<bool>>()[static_cast<unsigned>(index)];
}

StructReader ListReader::structure(std::size_t index) const {
  if (index >= size_) throwIndex(index, size_);
  const auto list = load<capnp::AnyList::Reader>(list_);
  if (list.getElementSize() == capnp::ElementSize::BIT) throwElements("structs");
  return guarded("struct of a list at index", index, [&] {
    return Reading::structure(
        reading_, list.as<capnp::List<capnp::AnyStruct>>()[static_cast<unsigned>(index)]);
  });
}

std::string ListReader::text(std::size_t index) const {
  const auto pointer = Reading::element(*this, index);
  return guarded("text of a list at index", index,
                 [&] { return std::string(viewOf(pointer.getAs<capnp::Text>())); });
}

std::vector<std::byte> ListReader::data(std::size_t index) const {
  const auto pointer = Reading::element(*this, index);
  return guarded("data of a list at index", index,
                 [&] { return copyOf(viewOf(pointer.getAs<capnp::Data>())); });
}

ListReader ListReader::list(std::size_t index) const {
  return Reading::list(reading_, Reading::element(*this, index), "list of a list at index", index);
}

Capability ListReader::capability(std::size_t index) const {
  return Reading::capability(Reading::element(*this, index), "capability of a list at index",
                             index);
}

}  // namespace troop::proxy
