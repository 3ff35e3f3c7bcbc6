#include "proxy/encoding/guard.h"

#include <fmt/format.h>

namespace troop::proxy::encoding {

Error malformed(std::string_view what, std::size_t index, const kj::Exception& cause) {
  // The library says "expected <its source> [<bytes of the message>]; <what a person understands>.
  // See <its manual>."
  const kj::StringPtr text = cause.getDescription();
  std::string_view description{text.begin(), text.size()};
  if (description.starts_with("expected ")) {
    const std::size_t end = description.rfind("; ");
    if (end != std::string_view::npos) description.remove_prefix(end + 2);
  }
  description = description.substr(0, description.find(".  See"));
  if (description.ends_with('.')) description.remove_suffix(1);
  return Error(ErrorKind::failed,
               fmt::format("malformed message: {} {}: {}", what, index, description),
               ErrorDetail::badMessage);
}

}  // namespace troop::proxy::encoding
