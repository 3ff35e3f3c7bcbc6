#include "sandbox/sdk/cpp/capability.h"

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {

Capability::Reference::~Reference() {
  if (const auto* handle = std::get_if<std::uint32_t>(&content)) troop_host_release(*handle);
}

Capability Capability::ofHandle(std::uint32_t handle) {
  return handle == 0 ? Capability() : Capability(handle);
}

Capability Capability::broken(Error reason) {
  return Capability(std::move(reason));
}

Expected<std::uint32_t> Capability::handle() const {
  if (!reference_) return 0u;
  if (const auto* error = std::get_if<Error>(&reference_->content)) return *error;
  return *std::get_if<std::uint32_t>(&reference_->content);
}

}  // namespace troop::inline guest
