// An AnyPointer is what a field of type AnyPointer, or of a type parameter, holds: a struct, a
// list, text, data, a capability or nothing, of a type that whoever reads it knows.
//
// Ownership: a value that owns a copy of all that the pointer leads to, capabilities among it;
// copies of an AnyPointer share it. Threads: any; it never changes. Limits: those of the message
// that it comes from; one that is made of a value has those of a Message. Errors: as() throws
// Error(failed, badMessage) where there is something else than a T; nothing reads as T's default.
// Misuse: taking what as() gives for proof of its type: structs say nothing of theirs.
//
//   AnyPointer any = Point{.x = 3};
//   Point point = any.as<Point>();
//   any = "text";
#pragma once

#include <memory>
#include <utility>

#include "proxy/builder.h"
#include "proxy/message.h"
#include "proxy/pointer-values.h"
#include "proxy/reader.h"
#include "runtime/sendable.h"

namespace troop::proxy {

class AnyPointer {
 public:
  using IsAnyPointer = AnyPointer;

  AnyPointer() = default;  // nothing
  template <PointerValue T>
  explicit(false) AnyPointer(const T& value) {
    MessageBuilder builder(0, 1);
    StructBuilder root = builder.root();
    writePointer(root, 0, value);
    *this = ofPointerIn(std::move(builder));
  }

  // Makes it of pointer 0 of the root. Throws Error.
  static AnyPointer ofPointerIn(MessageBuilder builder);

  bool isNull() const noexcept { return message_ == nullptr; }

  template <typename T>
  T as() const {
    return readPointer<T>(reader(), 0);
  }

  // Of a struct whose only pointer it is; valid as long as this.
  StructReader reader() const { return isNull() ? StructReader() : message_->root(); }

  // Whether both are encoded alike, with the same capabilities.
  friend bool operator==(const AnyPointer& a, const AnyPointer& b);

 private:
  friend struct Building;

  std::shared_ptr<const Message> message_;
};

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::proxy::AnyPointer> : std::true_type {};
