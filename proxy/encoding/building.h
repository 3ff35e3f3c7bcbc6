// What the builders of one message share: the memory that the library fills, and the capabilities
// that its capability pointers index.
//
// Ownership: of the MessageBuilder. Threads: one at a time.
#pragma once

#include <capnp/any.h>
#include <capnp/capability.h>
#include <capnp/message.h>

#include <cstddef>
#include <vector>

#include "proxy/any-pointer.h"
#include "proxy/builder.h"
#include "proxy/message.h"

namespace troop::proxy {

struct Building {
  // Segments with room for the framing before the first word, so that a message of one segment is
  // finished where it lies.
  class Segments final : public capnp::MessageBuilder {
   public:
    explicit Segments(std::size_t wordsExpected) : wordsExpected_(wordsExpected) {}

    kj::ArrayPtr<capnp::word> allocateSegment(unsigned wordsMin) override;

    // Of a message that has one segment: frames it and gives it away.
    Message release(std::size_t words, std::vector<Capability> capabilities,
                    const MessageLimits& limits);

   private:
    struct Segment {
      Message::Bytes bytes;
      std::size_t size;
    };

    const std::size_t wordsExpected_;
    std::size_t wordsAllocated_ = 0;
    std::vector<Segment> segments_;
  };

  Building(unsigned dataWords, unsigned pointers, std::size_t bytesExpected);

  Message release(const MessageLimits& limits);

  static StructBuilder structure(Building* building, capnp::AnyStruct::Builder structure);
  static ListBuilder list(Building* building, capnp::AnyList::Builder list);
  static ListBuilder initList(Building* building, capnp::AnyPointer::Builder pointer,
                              ElementSize elementSize, std::size_t size);
  static ListBuilder initStructureList(Building* building, capnp::AnyPointer::Builder pointer,
                                       std::size_t size, unsigned dataWords, unsigned pointers);
  static void setCapability(capnp::AnyPointer::Builder pointer, Capability capability);
  static void setAnyPointer(capnp::AnyPointer::Builder pointer, const AnyPointer& value);
  static capnp::AnyPointer::Builder pointerOf(StructBuilder& structure, unsigned pointer);
  static capnp::AnyPointer::Builder pointerOf(ListBuilder& list, std::size_t index);

  Segments segments;
  capnp::BuilderCapabilityTable table;
  StructBuilder root;
};

}  // namespace troop::proxy
