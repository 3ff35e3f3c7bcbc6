// A Forwarder is an Endpoint that serves no call itself but changes or holds it and sends it on: a
// promise, a membrane. Calls go through a chain of them in a loop, not in recursion, so that stacks
// stay small however long a chain is; and what a chain ends in can be found, so that none bites its
// own tail.
//
// Threads: any. Limits: hopsMax Forwarders in a row, not counting
// promises that are resolved, then the call fails. Errors: through the call.
//
//   while (endpoint->forwarder()) endpoint = endpoint->forwarder()->forward(call);
#pragma once

#include <cstddef>

#include "proxy/capability.h"
#include "runtime/error.h"
#include "runtime/ref.h"

namespace troop::proxy {

class Forwarder : public Endpoint {
 public:
  static constexpr std::size_t hopsMax = 256;

  // Takes one step: returns where `call` goes next, or null if it has kept or answered it.
  virtual Ref<Endpoint> forward(Call& call) noexcept = 0;

  // Where calls will go next, null while nobody knows.
  virtual Ref<Endpoint> next() const noexcept = 0;

  // What can take its place from now on with no change in what calls do or in their order; null if
  // it is needed.
  virtual Ref<Endpoint> replacement() const noexcept { return nullptr; }

  // Replaces its replacement() by `end`, which that has come to stand for.
  virtual void shorten(const Capability& /*end*/) noexcept {}

  // How many of them a call on `capability` goes through as far as is known, counted up to hopsMax.
  static std::size_t hopsOf(const Capability& capability) noexcept;
  // What a call is answered that would go through more.
  static Error tooManyHops();

  void call(Call call) noexcept final;
  Forwarder* forwarder() noexcept final { return this; }
};

}  // namespace troop::proxy
