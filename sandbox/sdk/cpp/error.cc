#include "sandbox/sdk/cpp/error.h"

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {

void endPlugin(std::string_view text) {
  troop_host_abort(troop_abort_error, text.data(), static_cast<std::uint32_t>(text.size()));
}

void endPlugin(const Error& uncaught) {
  endPlugin("an error that nobody looked at: " + uncaught.reason());
}

}  // namespace troop::inline guest
