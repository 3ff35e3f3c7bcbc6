#include "proxy/any-pointer.h"

#include <algorithm>

#include "proxy/encoding/building.h"
#include "proxy/encoding/guard.h"
#include "proxy/encoding/reading.h"

namespace troop::proxy {
namespace {

using encoding::guarded;

// The library copies a capability out of a table, which there must be, be it empty.
AnyPointer copied(capnp::AnyPointer::Reader pointer, bool hasTable, std::string_view where,
                  std::size_t index) {
  return guarded(where, index, [&]() -> AnyPointer {
    if (pointer.isNull()) return {};
    capnp::ReaderCapabilityTable none(nullptr);
    if (!hasTable) pointer = none.imbue(pointer);
    MessageBuilder builder(0, 1, pointer.targetSize().wordCount * sizeof(capnp::word));
    StructBuilder root = builder.root();
    Building::pointerOf(root, 0).set(pointer);
    return AnyPointer::ofPointerIn(std::move(builder));
  });
}

}  // namespace

AnyPointer AnyPointer::ofPointerIn(MessageBuilder builder) {
  AnyPointer any;
  Message message = builder.finish(nullptr).value();
  if (message.root().isNull(0)) return any;
  any.message_ = std::make_shared<const Message>(std::move(message));
  return any;
}

bool operator==(const AnyPointer& a, const AnyPointer& b) {
  if (a.isNull() || b.isNull()) return a.isNull() == b.isNull();
  return std::ranges::equal(a.message_->bytes(), b.message_->bytes()) &&
         a.message_->capabilities() == b.message_->capabilities();
}

void Building::setAnyPointer(capnp::AnyPointer::Builder pointer, const AnyPointer& value) {
  if (value.isNull()) {
    pointer.clear();
    return;
  }
  Reading reading(*value.message_);
  capnp::AnyPointer::Reader root = reading.reader.getRoot<capnp::AnyPointer>();
  if (reading.capabilities) root = reading.capabilities->imbue(root);
  pointer.set(root.getAs<capnp::AnyStruct>().getPointerSection()[0]);
}

AnyPointer StructReader::anyPointer(unsigned pointer) const {
  if (pointer >= pointers_) return {};
  return copied(encoding::load<capnp::List<capnp::AnyPointer>::Reader>(section_)[pointer],
                reading_->capabilities.has_value(), "pointer", pointer);
}

AnyPointer ListReader::anyPointer(std::size_t index) const {
  return copied(Reading::element(*this, index), reading_->capabilities.has_value(),
                "pointer of a list at index", index);
}

void StructBuilder::setAnyPointer(unsigned pointer, const AnyPointer& value) {
  guarded("pointer", pointer,
          [&] { Building::setAnyPointer(Building::pointerOf(*this, pointer), value); });
}

void ListBuilder::setAnyPointer(std::size_t index, const AnyPointer& value) {
  guarded("pointer of a list at index", index,
          [&] { Building::setAnyPointer(Building::pointerOf(*this, index), value); });
}

}  // namespace troop::proxy
