// How the addresses of a name are found: it may be a number or stand in the file of hosts already,
// else servers are asked one after another, each for both families at once, by datagrams, and again
// by a connection where an answer is too long for one.
//
// Each try has a socket of its own, and so a port that nobody can guess; what comes from another
// address, with another number or for another name is passed over.
//
// Threads: any. Fails, and limits: as runtime/io/name-resolver.h says.
//
//   Expected<std::vector<Address>> found = co_await names::addressesOf(settings, name, 80, never);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/io/names/settings.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace names {

// `settings` outlives it.
Async<Expected<std::vector<Address>>> addressesOf(const NameSettings& settings, std::string name,
                                                  std::uint16_t port, Time deadline);

}  // namespace names
}  // namespace troop
