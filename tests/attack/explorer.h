// Reads all of a message that its limits let one read, as far as pointers lead, whatever it is: for
// messages that somebody made to do harm.
//
// Errors: those of malformed messages are returned, each reason once; any other one would be a
// fault of ours and is thrown.
//
//   explore(answer->result().value());
#pragma once

#include <set>
#include <string>

#include "proxy/message.h"

namespace troop::tests {

std::set<std::string> explore(const proxy::Message& message);

}  // namespace troop::tests
