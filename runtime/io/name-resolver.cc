#include "runtime/io/name-resolver.h"

#include <string>

#include "runtime/async/async.h"
#include "runtime/io/names/asking.h"
#include "runtime/io/names/connecting.h"
#include "runtime/process.h"

namespace troop {

Expected<std::vector<Address>> NameResolver::resolve(std::string_view name, std::uint16_t port,
                                                     Time deadline) const {
  return await(names::addressesOf(settings_, std::string(name), port, deadline));
}

Expected<std::vector<Address>> NameResolver::resolve(Process& process, std::string_view name,
                                                     std::uint16_t port, Time deadline) const {
  return process.run([&] { return resolve(name, port, deadline); });
}

Expected<TcpStream> NameResolver::connect(std::string_view name, std::uint16_t port,
                                          Time deadline) const {
  return await(names::connectByName(settings_, std::string(name), port, deadline));
}

Expected<TcpStream> NameResolver::connect(Process& process, std::string_view name,
                                          std::uint16_t port, Time deadline) const {
  return process.run([&] { return connect(name, port, deadline); });
}

}  // namespace troop
