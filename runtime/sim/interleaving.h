// For code that shares something without a primitive that waits, as what is made of Atomics: where
// it says so, a simulated run may let others go on. Elsewhere it does next to nothing.
//
// Ownership: nothing is kept. Threads: Tasks, of which one on real carriers gives way where its
// slice is used up; in coroutines and OS threads of the host it does nothing. Limits: none. Fails:
// never. Misuse: inside a lock of the standard library's, for which others would block the one OS
// thread of the run; in place of a wait: nothing says that others do go on.
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
