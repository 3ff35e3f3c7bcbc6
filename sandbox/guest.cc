#include "sandbox/guest.h"

#include <utility>

#include "runtime/error.h"
#include "sandbox/wasm/instance.h"

namespace troop::sandbox {

Guest::Guest(Ref<wasm::Instance> instance, proxy::Capability mainObject)
    : instance_(std::move(instance)), mainObject_(std::move(mainObject)) {}
Guest::Guest(const Guest&) = default;
Guest::Guest(Guest&&) noexcept = default;
Guest& Guest::operator=(Guest other) noexcept {
  instance_ = std::move(other.instance_);
  mainObject_ = std::move(other.mainObject_);
  return *this;
}
Guest::~Guest() = default;

const std::string& Guest::name() const noexcept {
  return instance_->name();
}
Verdict Guest::verdict() const {
  return instance_->verdict();
}
Usage Guest::usage() const {
  return instance_->usage();
}
Ref<Troop> Guest::troop() const {
  return Ref<Troop>::share(&instance_->troop());
}
void Guest::kill(std::string reason) {
  instance_->kill(std::move(reason));
}
bool Guest::waitEnd(Time deadline) const {
  return instance_->waitEnd(deadline);
}

}  // namespace troop::sandbox
