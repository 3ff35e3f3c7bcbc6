// Drives echo servers, the same for every peer: 64 bytes go there and come back, over as many
// connections as ECHO_CONNECTIONS says.
#pragma once

namespace troop::peers {

// Starts the program `server`, which listens at ECHO_PORT of its environment, measures it and ends
// it: requests a second with one outstanding on each connection, and how long they took; then how
// long they take at ECHO_RATE a second, counted from when each was due. `metricsEnd` is put behind
// each name.
void loadEcho(const char* peer, const char* metricsEnd, char* const* server);

}  // namespace troop::peers
