// A Message is what crosses between troops: data in the encoding of Cap'n Proto, the capabilities
// that its capability pointers index, and the Charge that pays for it. It never changes after it
// was made.
//
// Ownership: move-only; it owns its bytes, and readers borrow them. Threads: one Message may be
// read by several threads at once, each through a root() of its own. Limits: MessageLimits, checked
// when it is copied in (size, capabilities) and while it is read (depth, traversal). Errors: a
// malformed message gives failed/badMessage, whatever its bytes are, and never a wrong access.
// Misuse: a StructReader that outlives its Message.
//
//   Expected<Message> message = Message::copyOf(framed, std::move(capabilities), troop.memory());
//   std::string html = message->root().text(0);
//   Capability parser = message->capabilityAt({1, 0});
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "proxy/capability.h"
#include "proxy/reader.h"
#include "runtime/budget.h"
#include "runtime/bulk-memory.h"
#include "runtime/error.h"
#include "runtime/sendable.h"

namespace troop::proxy {

struct Building;

struct MessageLimits {
  std::size_t bytesMax = std::size_t{16} << 20;  // of the framed message
  std::size_t depthMax = 64;                     // pointers followed one below the other
  // What one root() may read altogether. Pointers can designate the same bytes many times, so a
  // small message can look huge; this bounds what that costs.
  std::size_t traversalBytesMax = std::size_t{64} << 20;
  std::size_t capabilitiesMax = 256;
  std::size_t segmentsMax = 64;
};

class Message {
 public:
  // The message whose root is null.
  static Message empty();

  // Copies a message in the standard framing for streams (segment table, then segments; nothing
  // after). Fails with failed/badMessage where the framing or a limit is violated, with
  // overloaded/memory where `payer` cannot pay; a null payer pays nothing.
  static Expected<Message> copyOf(std::span<const std::byte> framed,
                                  std::vector<Capability> capabilities, const Ref<Budget>& payer,
                                  const MessageLimits& limits = {});

  Message(Message&&) noexcept = default;
  Message& operator=(Message&&) noexcept = default;
  ~Message() = default;

  // The framed message, 8-byte aligned.
  std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }
  const std::vector<Capability>& capabilities() const noexcept { return capabilities_; }
  const MessageLimits& limits() const noexcept { return limits_; }

  // What its holder pays for: its bytes, its capabilities and what it takes to keep them.
  std::size_t bytesCharged() const noexcept;

  // Moves the charge to another payer, null for nobody; on failure the old one goes on paying.
  Expected<void> chargeTo(const Ref<Budget>& payer);

  // The same bytes with other capabilities: what a membrane makes of it.
  Message withCapabilities(std::vector<Capability> capabilities) &&;

  // A reader of the root struct with limits of its own; the default struct if the root is null.
  StructReader root() const;

  // The capability at the end of a path of pointer indices from the root struct; null if any
  // pointer on the way is. Throws Error(failed, badMessage).
  Capability capabilityAt(std::span<const std::uint16_t> path) const;

 private:
  friend struct Building;
  struct Free {
    std::size_t size;
    void operator()(std::byte* bytes) const noexcept;
  };
  using Bytes = std::unique_ptr<std::byte, Free>;  // aligned to 8
  static Bytes allocate(std::size_t size, Contents contents);

  Message(Bytes bytes, std::size_t size, std::size_t capacity, std::vector<Capability> capabilities,
          const MessageLimits& limits);

  Bytes bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::vector<Capability> capabilities_;
  MessageLimits limits_;
  Charge charge_;
};

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::proxy::Message> : std::true_type {};
