// A Message is what has arrived: its bytes, where the host put them, and its capabilities.
//
// Ownership: owns the block from troop_alloc and the capabilities. Move only.
//
//   Message message(std::move(block), bytes, std::move(capabilities));
//   Expected<RenderResults> results = message.read<RenderResults>("result");
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/capability.h"
#include "sandbox/sdk/cpp/encoding/reader.h"

namespace troop::inline guest {

struct FreeBlock {
  void operator()(void* block) const { std::free(block); }
};
using Block = std::unique_ptr<void, FreeBlock>;

class Message {
 public:
  Message(Block block, std::span<const std::byte> framed, std::vector<Capability> capabilities)
      : block_(std::move(block)), framed_(framed), capabilities_(std::move(capabilities)) {}

  const std::vector<Capability>& capabilities() const { return capabilities_; }

  // As a generated struct; `what` it is to be is said where it is malformed.
  template <typename T>
  Expected<T> read(const char* what) const {
    Reading reading(framed_, capabilities_);
    T value;
    value.readFrom(reading.root());
    if (reading.fault() != nullptr) return malformed(what, reading.fault());
    return value;
  }

  // The capability that a path of pointers leads to from the root; broken where there is none.
  Capability capabilityAt(std::span<const std::uint16_t> path) const;

 private:
  static Error malformed(const char* what, const char* fault);

  Block block_;
  std::span<const std::byte> framed_;
  std::vector<Capability> capabilities_;
};

}  // namespace troop::inline guest
