// Names that a file of this machine knows, as /etc/hosts does: lines of an address and its names.
//
// Threads: any. Limits: the first hostsBytesMax bytes of the file. Fails: never; what cannot be
// read knows nothing, and a line that says nothing is passed over.
//
//   for (const Address& address : names::hostsOf(text, "localhost")) ...
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/io/address.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace names {

inline constexpr std::size_t hostsBytesMax = std::size_t{1} << 20;

// The addresses of `name`, without ports, as they stand there, each once.
std::vector<Address> hostsOf(std::string_view text, std::string_view name);

// What stands in the file, read by calls that may block the OS thread, and say so.
std::string hostsText(const std::string& path);

// Without a port; "[::1]" is one, too. False: `text` is none.
bool isNumeric(std::string_view text, Address& address);

// Whether a and b are the same but for the case of letters.
bool sameName(std::string_view a, std::string_view b) noexcept;

}  // namespace names
}  // namespace troop
