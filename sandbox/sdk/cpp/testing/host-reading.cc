#include "sandbox/sdk/cpp/testing/host-reading.h"

#include "proxy/message.h"
#include "proxy/reader.h"
#include "runtime/error.h"
#include "sandbox/sdk/cpp/testing/walk.h"

namespace troop::walking {

std::string hostReading(std::span<const std::byte> framed, std::uint32_t seed) {
  const Expected<proxy::Message> message = proxy::Message::copyOf(framed, {}, {});
  if (message.failed()) return "refused";
  try {
    return Walk(seed).structure(message.value().root(), 6);
  } catch (const Error& error) {
    return "fault: " + error.reason();
  }
}

}  // namespace troop::walking
