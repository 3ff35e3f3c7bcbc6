#include "sandbox/sdk/cpp/any-pointer.h"

#include <memory>

#include "sandbox/sdk/cpp/encoding/pointer-copy.h"

namespace troop::inline guest {

AnyPointer AnyPointer::ofPointerIn(MessageBuilder builder) {
  AnyPointer any;
  const std::unique_ptr<Building> built = builder.release();
  if (built == nullptr) return any;
  if (Reading(std::as_bytes(std::span(built->words)), built->capabilities).root().isNull(0)) {
    return any;
  }
  any.content_ = Ref(new Content(std::move(*built)));
  return any;
}

Reading AnyPointer::reading() const {
  const Building& message = content_->message;
  return {std::as_bytes(std::span(message.words)), message.capabilities};
}

bool AnyPointer::operator==(const AnyPointer& other) const {
  if (isNull() || other.isNull()) return isNull() == other.isNull();
  const Building &a = content_->message, &b = other.content_->message;
  return a.words == b.words && a.capabilities == b.capabilities;
}

Error AnyPointer::malformed(const char* fault) {
  return Error(ErrorKind::failed, std::string("malformed pointer: ") + fault,
               ErrorDetail::badMessage);
}

AnyPointer StructReader::anyPointer(unsigned pointer) const {
  if (isNull(pointer)) return {};
  MessageBuilder builder(0, 1);
  builder.root().copyPointer(0, *this, pointer);
  if (reading_->fault() != nullptr) return {};
  return AnyPointer::ofPointerIn(std::move(builder));
}

AnyPointer ListReader::anyPointer(std::size_t index) const {
  return pointerOf(index).anyPointer(0);
}

void StructBuilder::copyPointer(unsigned pointer, const StructReader& from, unsigned source) {
  building_->words[pointerAt(pointer)] = 0;
  PointerCopy::copy(from, source, *building_, pointerAt(pointer));
}

void StructBuilder::setAnyPointer(unsigned pointer, const AnyPointer& value) {
  if (value.isNull()) {
    building_->words[pointerAt(pointer)] = 0;
    return;
  }
  Reading reading = value.reading();
  copyPointer(pointer, reading.root(), 0);
}

void ListBuilder::setAnyPointer(std::size_t index, const AnyPointer& value) {
  if (index >= size_ || value.isNull()) return;
  Reading reading = value.reading();
  PointerCopy::copy(reading.root(), 0, *building_, begin_ + index);
}

}  // namespace troop::inline guest
