// A GuestEndpoint is an object of a guest, as capabilities designate it.
//
// Ownership: its capabilities; it keeps the guest reachable. Threads: any. When its last capability
// has gone, the guest hears that nobody holds the object.
//
//   Capability main(makeRef<GuestEndpoint>(instance, TROOP_ABI_MAIN_OBJECT, 0));
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "proxy/call.h"
#include "proxy/capability.h"
#include "runtime/budget.h"
#include "runtime/ref.h"
#include "sandbox/wasm/instance.h"

namespace troop::sandbox::wasm {

class GuestEndpoint final : public proxy::Endpoint {
 public:
  // `offered`: what Mailbox::offer() gave; 0 for the main object, whose end nobody hears of.
  // `charge`: what the guest pays for an object as long as others hold it.
  GuestEndpoint(Ref<Instance> instance, std::uint32_t object, std::uint32_t offered,
                Charge charge = {})
      : instance_(std::move(instance)),
        object_(object),
        offered_(offered),
        charge_(std::move(charge)) {}
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
  const Charge charge_;
};

}  // namespace troop::sandbox::wasm
