// Names that a file of this machine knows, as /etc/hosts does: lines of an address and its names.
//
// Threads: any; of hostsText(), Tasks. Limits: the first hostsBytesMax bytes of the file; a handle
// and a buffer while it is read. Fails: what cannot be read knows nothing, and a line that says
// nothing is passed over; hostsText() as calls of files do that were not begun or waited for.
//
//   for (const Address& address : names::hostsOf(text, "localhost")) ...
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/error.h"
#include "runtime/io/address.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Reactor;

namespace names {

inline constexpr std::size_t hostsBytesMax = std::size_t{1} << 20;

// The addresses of `name`, without ports, as they stand there, each once.
std::vector<Address> hostsOf(std::string_view text, std::string_view name);

// What stands in the file, where `reactor` has files: those of a simulated run are on its disks.
Async<Expected<std::string>> hostsText(Reactor& reactor, std::string path, Time deadline);

// Without a port; "[::1]" is one, too. False: `text` is none.
bool isNumeric(std::string_view text, Address& address);

// Whether a and b are the same but for the case of letters.
bool sameName(std::string_view a, std::string_view b) noexcept;

}  // namespace names
}  // namespace troop
