// What the host's reader, which stands on the library that defines the encoding, sees in a message.
// Apart from the guest's headers, which have classes of the same names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace troop::walking {

// What Walk(seed) sees; "fault: ..." where it throws, "refused" where the host would not carry it.
std::string hostReading(std::span<const std::byte> framed, std::uint32_t seed);

}  // namespace troop::walking
