// A Capability as the library's capability tables hold it: only to go into messages and out of them
// again. Calls never go through it.
//
// Threads: one at a time, that of the reader or builder whose table it is in.
#pragma once

#include <capnp/capability.h>
#include <kj/refcount.h>

#include <utility>
#include <vector>

#include "proxy/capability.h"

namespace troop::proxy::encoding {

class EndpointHook final : public capnp::ClientHook, public kj::Refcounted {
 public:
  explicit EndpointHook(Capability capability) : capability_(std::move(capability)) {}

  // The capability in a hook that one of our tables gave; null for any other.
  static Capability of(capnp::ClientHook& hook);

  capnp::Request<capnp::AnyPointer, capnp::AnyPointer> newCall(
      std::uint64_t interfaceId, std::uint16_t methodId,
      kj::Maybe<capnp::MessageSize> sizeHint) override;
  VoidPromiseAndPipeline call(std::uint64_t interfaceId, std::uint16_t methodId,
                              kj::Own<capnp::CallContextHook>&& context) override;
  kj::Maybe<capnp::ClientHook&> getResolved() override { return nullptr; }
  kj::Maybe<kj::Promise<kj::Own<capnp::ClientHook>>> whenMoreResolved() override { return nullptr; }
  kj::Own<capnp::ClientHook> addRef() override { return kj::addRef(*this); }
  const void* getBrand() override;
  kj::Maybe<int> getFd() override { return nullptr; }

 private:
  Capability capability_;
};

using HookTable = kj::Array<kj::Maybe<kj::Own<capnp::ClientHook>>>;
HookTable hooksOf(const std::vector<Capability>& capabilities);
std::vector<Capability> capabilitiesOf(kj::ArrayPtr<kj::Maybe<kj::Own<capnp::ClientHook>>> hooks);

}  // namespace troop::proxy::encoding
