// While there is a Pin, the calling Thread stays on its OS thread: it goes on there after each
// wait, and nowhere else. For libraries that keep something in thread-local storage between two
// calls: a graphics context, an interpreter, a lock that its taker must give back.
//
// The OS thread runs others while the Thread waits. Who is pinned waits for that one OS thread,
// also when others are idle and what runs there takes long; and a carrier that is too many stays
// until the last Pin on it is gone. So pin for as short as will do.
//
// Threads: made and destroyed by the same Thread, in any of its Tasks; does nothing outside of
// Tasks. Pins nest. Ownership: on the stack of who pins. Limits: none on how many; each pinned
// Thread costs the others of its carrier nothing but that they wait for it. Fails: never. Misuse: a
// Pin over a wait that may last, where nothing needs it.
//
//   const Pin here = pin();
//   context.makeCurrent();
//   drawn.wait();                      // comes back on the same OS thread
#pragma once

namespace [[gnu::visibility("hidden")]] troop {

class Thread;

class [[nodiscard]] Pin {
 public:
  Pin() noexcept;
  ~Pin();
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

 private:
  Thread* const thread_;  // null outside of Tasks
};

inline Pin pin() noexcept {
  return Pin();
}

}  // namespace troop
