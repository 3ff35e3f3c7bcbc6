#include "sandbox/sdk/cpp/message.h"

namespace troop::inline guest {

Error Message::malformed(const char* what, const char* fault) {
  return Error(ErrorKind::failed, std::string("malformed ") + what + ": " + fault,
               ErrorDetail::badMessage);
}

Capability Message::capabilityAt(std::span<const std::uint16_t> path) const {
  Reading reading(framed_, capabilities_);
  StructReader structure = reading.root();
  Capability found;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i + 1 == path.size())
      found = structure.capability(path[i]);
    else
      structure = structure.structure(path[i]);
  }
  if (reading.fault() != nullptr) {
    return Capability::broken(malformed("result", reading.fault()));
  }
  if (found) return found;
  return Capability::broken(Error(ErrorKind::failed, "the result has no such capability",
                                  ErrorDetail::none, Executed::no));
}

}  // namespace troop::inline guest
