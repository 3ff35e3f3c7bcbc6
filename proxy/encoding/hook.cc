#include "proxy/encoding/hook.h"

#include <kj/debug.h>

namespace troop::proxy::encoding {
namespace {

const int brand = 0;  // only its address counts

}  // namespace

Capability EndpointHook::of(capnp::ClientHook& hook) {
  if (hook.getBrand() != &brand) return {};
  return static_cast<EndpointHook&>(hook).capability_;
}

const void* EndpointHook::getBrand() {
  return &brand;
}

capnp::Request<capnp::AnyPointer, capnp::AnyPointer> EndpointHook::newCall(
    std::uint64_t, std::uint16_t, kj::Maybe<capnp::MessageSize>) {
  KJ_FAIL_REQUIRE("a capability in a message is called through troop::proxy::Capability");
}

capnp::ClientHook::VoidPromiseAndPipeline EndpointHook::call(std::uint64_t, std::uint16_t,
                                                             kj::Own<capnp::CallContextHook>&&) {
  KJ_FAIL_REQUIRE("a capability in a message is called through troop::proxy::Capability");
}

HookTable hooksOf(const std::vector<Capability>& capabilities) {
  auto hooks = kj::heapArrayBuilder<kj::Maybe<kj::Own<capnp::ClientHook>>>(capabilities.size());
  for (const Capability& capability : capabilities) {
    hooks.add(kj::Own<capnp::ClientHook>(kj::refcounted<EndpointHook>(capability)));
  }
  return hooks.finish();
}

std::vector<Capability> capabilitiesOf(kj::ArrayPtr<kj::Maybe<kj::Own<capnp::ClientHook>>> hooks) {
  std::vector<Capability> capabilities;
  capabilities.reserve(hooks.size());
  for (auto& entry : hooks) {
    KJ_IF_MAYBE (hook, entry) {
      capabilities.push_back(EndpointHook::of(**hook));
    } else {
      capabilities.emplace_back();  // a pointer that was set again; indices must stay
    }
  }
  return capabilities;
}

}  // namespace troop::proxy::encoding
