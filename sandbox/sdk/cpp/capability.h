// A Capability is a reference with authority: who holds one can call what it designates. Generated
// proxies (Renderer, Document ...) are Capabilities with methods.
//
// Ownership: a value; copies share the reference, which is given back to the host when the last of
// them goes. Limits: how many a plugin holds is limited by its host; one over the limit is broken:
// calls on it fail with the reason. Errors: a null or broken capability fails the calls made on it.
//
//   Parser parser = troop::granted<Parser>("markdown");
//   Document document = parser.parse(text).document();   // before the answer is there
#pragma once

#include <cstdint>
#include <utility>
#include <variant>

#include "sandbox/sdk/cpp/counted.h"
#include "sandbox/sdk/cpp/error.h"

namespace troop::inline guest {

class Capability {
 public:
  using IsCapability = Capability;

  Capability() = default;  // null
  // Takes over a handle that the host gave; 0 is the null capability.
  static Capability ofHandle(std::uint32_t handle);
  static Capability broken(Error reason);

  explicit operator bool() const { return static_cast<bool>(reference_); }

  // What the host knows it by; 0 for null. The error where it is broken.
  Expected<std::uint32_t> handle() const;

  // Whether both are copies of one.
  bool operator==(const Capability&) const = default;

 private:
  struct Reference final : Counted {
    explicit Reference(std::variant<std::uint32_t, Error> content) : content(std::move(content)) {}
    ~Reference() override;
    std::variant<std::uint32_t, Error> content;  // the handle, or why there is none
  };

  explicit Capability(std::variant<std::uint32_t, Error> content)
      : reference_(new Reference(std::move(content))) {}

  Ref<Reference> reference_;
};

// The method of an interface.
struct MethodId {
  std::uint64_t interfaceId;
  std::uint16_t method;
};

}  // namespace troop::inline guest
