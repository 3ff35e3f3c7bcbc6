// For code that shares something without a primitive that waits, as what is made of Atomics: where
// it says so, a simulated run may let others go on. Elsewhere it does next to nothing.
//
//   const Node* after = head.get()->next;
//   sim::interleavingPoint();                // others may change the head here
//   head.compareExchange(seen, after);
#pragma once

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

// From Tasks; nothing in OS threads of the host.
void interleavingPoint() noexcept;

}  // namespace sim
}  // namespace troop
