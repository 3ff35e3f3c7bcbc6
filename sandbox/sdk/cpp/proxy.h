// Proxy is the base of generated proxies: a Capability with methods.
//
// Ownership: a value; copies share the Capability. Errors: a method never fails itself; what
// becomes of the call is in its Promise.
//
//   Renderer renderer = troop::granted<Renderer>("markdown");
//   auto reply = co_await renderer.render("# hi");
#pragma once

#include <utility>

#include "sandbox/sdk/cpp/capability.h"
#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/promise.h"
#include "sandbox/sdk/cpp/target.h"

namespace troop::inline guest {

class Proxy {
 public:
  Proxy() = default;  // null: every method fails
  explicit Proxy(Capability capability) : capability_(std::move(capability)) {}

  const Capability& capability() const { return capability_; }
  explicit operator bool() const { return static_cast<bool>(capability_); }

  // Whether both are copies of one.
  bool operator==(const Proxy&) const = default;

 protected:
  Sent send(MethodId method, MessageBuilder params) const;

 private:
  Capability capability_;
};

// A struct inside results that have not arrived: generated code derives from it a class with a
// function for each capability, and each struct with capabilities, in it.
class PipelinedStruct {
 public:
  // `path`: the pointer indices that lead to it from the root of the results.
  PipelinedStruct(UntypedPromise promise, std::vector<std::uint16_t> path)
      : promise_(std::move(promise)), path_(std::move(path)) {}

 protected:
  Capability capabilityAt(std::uint16_t pointer) const {
    return promise_.pipeline(pathTo(pointer));
  }
  template <typename Inner>
  Inner structAt(std::uint16_t pointer) const {
    return Inner(promise_, pathTo(pointer));
  }
  // A group lies in the struct that it belongs to.
  template <typename Group>
  Group group() const {
    return Group(promise_, path_);
  }

 private:
  std::vector<std::uint16_t> pathTo(std::uint16_t pointer) const {
    std::vector<std::uint16_t> path = path_;
    path.push_back(pointer);
    return path;
  }

  UntypedPromise promise_;
  std::vector<std::uint16_t> path_;
};

}  // namespace troop::inline guest
