// An AnyPointer is what a field of type AnyPointer, or of a type parameter, holds: a struct, a
// list, text, data, a capability or nothing, of a type that whoever reads it knows.
//
// Ownership: a value that owns a copy of all that the pointer leads to, capabilities among it;
// copies of an AnyPointer share it. Errors: as() fails where there is something else than a T;
// nothing reads as T's default. One that is made of a value too large for a message is nothing.
//
//   troop::AnyPointer any = Point{.x = 3};
//   troop::Expected<Point> point = any.as<Point>();
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "proxy/pointer-values.h"
#include "sandbox/sdk/cpp/capability.h"
#include "sandbox/sdk/cpp/counted.h"
#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/encoding/reader.h"

namespace troop::inline guest {

class AnyPointer {
 public:
  using IsAnyPointer = AnyPointer;

  AnyPointer() = default;  // nothing
  template <proxy::PointerValue T>
  // NOLINTNEXTLINE(google-explicit-constructor)
  AnyPointer(const T& value) {
    MessageBuilder builder(0, 1);
    StructBuilder root = builder.root();
    proxy::writePointer(root, 0, value);
    *this = ofPointerIn(std::move(builder));
  }

  // Makes it of pointer 0 of the root.
  static AnyPointer ofPointerIn(MessageBuilder builder);

  bool isNull() const { return !content_; }

  template <typename T>
  Expected<T> as() const {
    if (isNull()) return T();
    Reading reading = this->reading();
    T value = proxy::readPointer<T>(reading.root(), 0);
    if (reading.fault() != nullptr) return malformed(reading.fault());
    return value;
  }

  // Of a message whose root has it as its only pointer; valid as long as this, which is not null.
  Reading reading() const;

  // Whether both are encoded alike, with the same capabilities.
  bool operator==(const AnyPointer& other) const;

 private:
  struct Content final : Counted {
    explicit Content(Building message) : message(std::move(message)) {}
    Building message;
  };

  static Error malformed(const char* fault);

  Ref<Content> content_;
};

}  // namespace troop::inline guest
