// A GuestEndpoint is an object of a guest, as capabilities designate it.
//
// Ownership: its capabilities; it keeps the guest reachable. Threads: any. When its last capability
// has gone, the guest hears that nobody holds the object.
//
//   Capability main(makeRef<GuestEndpoint>(instance, TROOP_ABI_MAIN_OBJECT, 0));
#pragma once

#include <cstdint>
#include <string>

#include "proxy/call.h"
#include "proxy/capability.h"
#include "runtime/ref.h"
#include "sandbox/wasm/instance.h"

namespace troop::sandbox::wasm {

class GuestEndpoint final : public proxy::Endpoint {
 public:
  // `offered`: what Mailbox::offer() gave; 0 for the main object, whose end nobody hears of.
  GuestEndpoint(Ref<Instance> instance, std::uint32_t object, std::uint32_t offered)
      : instance_(std::move(instance)), object_(object), offered_(offered) {}
  ~GuestEndpoint() override {
    if (offered_ != 0) instance_->released(offered_);
  }

  void call(proxy::Call call) noexcept override {
    instance_->arrive({object_, offered_}, std::move(call));
  }
  std::string describe() const override {
    return instance_->name() + "#" + std::to_string(object_);
  }

 private:
  const Ref<Instance> instance_;
  const std::uint32_t object_;
  const std::uint32_t offered_;
};

}  // namespace troop::sandbox::wasm
