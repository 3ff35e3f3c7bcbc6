#include "proxy/encoding/guard.h"

#include <fmt/format.h>

namespace troop::proxy::encoding {

Error malformed(std::string_view what, std::size_t index, const kj::Exception& cause) {
  // The library says "expected <its source>; <what a person understands>".
  std::string_view description{cause.getDescription().cStr()};
  if (description.starts_with("expected ")) {
    const std::size_t end = description.find("; ");
    if (end != std::string_view::npos) description.remove_prefix(end + 2);
  }
  return Error(ErrorKind::failed, fmt::format("malformed message: {} {}: {}", what, index, description),
               ErrorDetail::badMessage);
}

}  // namespace troop::proxy::encoding
