// A Target is an object of the plugin behind a capability. Generated classes derive from it;
// plugins derive from those and define the methods.
//
// Ownership: a shared_ptr; serve() makes a Capability of it, which can be passed on like any. The
// object lives as long as somebody holds such a Capability, a call of it is under way, or the
// plugin keeps it. Errors: a method fails its call by returning an Error.
//
//   class ParsedDocument final : public Document::Target {
//     troop::Promise<TextResults> text(TextParams) override { return TextResults{text_}; }
//   };
//   co_return {.document = std::make_shared<ParsedDocument>(text)};
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "sandbox/sdk/cpp/capability.h"
#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/message.h"
#include "sandbox/sdk/cpp/pending.h"

namespace troop::inline guest {

class Call;
template <typename T>
class Promise;

class Target {
 public:
  Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target() = default;

  // Serves one call, by call.serve(). For generated code.
  virtual void dispatch(Call& call) = 0;

 private:
  friend class Objects;
  std::uint32_t number_ = 0;  // that the host knows it by; 0: none, or that of the main object
};

// A capability on the object; broken where the host has no room for it.
Capability serve(std::shared_ptr<Target> target);

// The objects that others hold capabilities on, by number.
class Objects {
 public:
  static void setMain(std::shared_ptr<Target> main);
  static std::shared_ptr<Target> find(std::uint32_t number);  // null: none
  static Capability serve(std::shared_ptr<Target> target);
  // Nobody holds one of the capabilities any more that serve() made.
  static void released(std::uint32_t number);
};

}  // namespace troop::inline guest
