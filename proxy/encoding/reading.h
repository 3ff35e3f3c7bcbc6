// What the readers of one root() share: the library's view of the message, and its traversal limit.
//
// Ownership: shared by StructReaders and ListReaders. Threads: one at a time.
#pragma once

#include <capnp/any.h>
#include <capnp/capability.h>
#include <capnp/serialize.h>

#include <memory>
#include <optional>

#include "proxy/message.h"
#include "proxy/reader.h"

namespace troop::proxy {

struct Reading {
  explicit Reading(const Message& message);

  static StructReader root(const Message& message);
  static StructReader structure(const std::shared_ptr<Reading>& reading,
                                capnp::AnyStruct::Reader structure);
  static ListReader list(const std::shared_ptr<Reading>& reading, capnp::AnyPointer::Reader pointer,
                         std::string_view where, std::size_t index);
  // The pointer that an element is; throws where elements are none.
  static capnp::AnyPointer::Reader element(const ListReader& reader, std::size_t index);
  static Capability capability(capnp::AnyPointer::Reader pointer, std::string_view where,
                               std::size_t index);

  capnp::FlatArrayMessageReader reader;
  std::size_t valueBytesLeft;  // that lists may take as values, see ListReader::admit
  std::optional<capnp::ReaderCapabilityTable> capabilities;  // made where there are any
};

}  // namespace troop::proxy
