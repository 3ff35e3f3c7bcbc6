#include "sandbox/sdk/cpp/proxy.h"

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {

Sent Proxy::send(MethodId method, MessageBuilder params) const {
  const Expected<std::uint32_t> handle = capability_.handle();
  if (handle.failed()) return {handle.error()};
  if (*handle == 0) {
    return {Error(ErrorKind::failed, "the capability is null", ErrorDetail::none, Executed::no)};
  }
  const Expected<Outgoing> message = params.finish();
  if (message.failed()) return {message.error()};
  const std::span<const std::byte> bytes = message->bytes();
  const std::int32_t question =
      troop_host_call(*handle, method.interfaceId, method.method, bytes.data(),
                      static_cast<std::uint32_t>(bytes.size()), message->handles.data(),
                      static_cast<std::uint32_t>(message->handles.size()));
  if (question > 0) return {static_cast<std::uint32_t>(question)};
  return {
      Error(ErrorKind::overloaded, "no room for another call", ErrorDetail::quota, Executed::no)};
}

}  // namespace troop::inline guest
