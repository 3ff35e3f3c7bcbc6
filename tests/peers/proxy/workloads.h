// The workloads of calls, each of which reports what it has measured.
#pragma once

namespace troop::peers {

// A call without anything in it, and its answer, beside messages through channels.
void runCalls();
// A call that goes through a Membrane.
void runMembrane();
// Bytes there and back.
void runMessages();
// Capabilities: passed, pipelined on, revoked.
void runCapabilities();
// Many calls under way.
void runInFlight();
// Between guests, and between the host and guests.
void runGuests();

}  // namespace troop::peers
