// Proxy is the base of generated proxies: a Capability with methods. It brings in all that
// generated code is made of.
//
// Ownership: a value; copies share the Endpoint. Threads: any. Errors: a method never throws for
// what happens to the call; that is in its Promise. Misuse: none.
//
//   class Renderer : public Proxy { ... Promise<RenderResults> render(std::string_view) const; };
//   Renderer renderer{guest.capability()};
//   renderer.render("# hi").get(100ms);
#pragma once

#include <concepts>
#include <utility>

#include "proxy/answer.h"
#include "proxy/any-pointer.h"
#include "proxy/builder.h"
#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/message.h"
#include "proxy/promise.h"
#include "proxy/reader.h"
#include "proxy/target.h"
#include "runtime/sendable.h"

namespace troop::proxy {

// Finishes results inside Target::dispatch(), paid for by the serving troop; throws Error.
Message finishResults(MessageBuilder builder);

// The same of a struct.
template <typename T>
Message resultsMessage(const T& results, std::size_t bytesExpected = 0) {
  MessageBuilder builder = builderFor<T>(bytesExpected);
  results.write(builder.root());
  return finishResults(std::move(builder));
}

class Proxy {
 public:
  Proxy() = default;  // null: every method fails
  explicit Proxy(Capability capability) noexcept : capability_(std::move(capability)) {}

  const Capability& capability() const noexcept { return capability_; }
  explicit operator bool() const noexcept { return static_cast<bool>(capability_); }

  // Whether both call the same Endpoint.
  friend bool operator==(const Proxy& a, const Proxy& b) noexcept = default;

 protected:
  // Makes the call with these parameters, paid for by the caller, until the caller's deadline. What
  // goes wrong before it is made is its answer.
  Ref<Answer> send(MethodId method, MessageBuilder params) const noexcept;

 private:
  Capability capability_;
};

}  // namespace troop::proxy

template <std::derived_from<troop::proxy::Proxy> T>
struct troop::IsSendable<T> : std::true_type {};
