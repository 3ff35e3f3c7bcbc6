// What several pthreads come to: barriers, and what is done once. Barriers that are shared between
// OS processes are left to the C library.
#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "runtime/preload/lot.h"
#include "runtime/preload/passage.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// `struct pthread_barrier` of glibc (sysdeps/nptl/internaltypes.h); the names are what the words
// are used for here.
struct Barrier {
  std::uint32_t arrived;  // in one with the next, which counts rounds
  std::uint32_t round;
  std::uint32_t wanted;
  int shared;
  std::uint32_t inside;  // who touches it still
};
static_assert(sizeof(Barrier) <= sizeof(pthread_barrier_t));

Barrier& barrierOf(pthread_barrier_t& barrier) noexcept {
  return reinterpret_cast<Barrier&>(barrier);
}

void leave(Barrier& barrier) noexcept {
  Word& inside = wordOf(barrier.inside);
  if (inside.fetch_sub(1) == 1) wakeAll(&inside);
}

// Both as one, the round in its upper half: who arrives for the next round may do so at any time.
std::atomic<std::uint64_t>& arrivals(Barrier& barrier) noexcept {
  return reinterpret_cast<std::atomic<std::uint64_t>&>(barrier.arrived);
}

int meet(Barrier& barrier) noexcept {
  constexpr std::uint64_t oneRound = std::uint64_t{1} << 32;
  wordOf(barrier.inside).fetch_add(1);
  std::uint64_t before = arrivals(barrier).load();
  std::uint64_t next = 0;
  bool last = false;
  do {
    last = static_cast<std::uint32_t>(before) + 1 == barrier.wanted;
    next = last ? before / oneRound * oneRound + oneRound : before + 1;
  } while (!arrivals(barrier).compare_exchange_weak(before, next));
  Word& round = wordOf(barrier.round);
  const auto mine = static_cast<std::uint32_t>(before / oneRound);
  if (last) {
    wakeAll(&round);
  } else {
    while (round.load() == mine) waitOn(round, mine, Deadline(), Interruptible::no);
  }
  leave(barrier);
  return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

// The values of pthread_once_t, of which the C library knows the first and the last. Who has begun
// it may have been left behind by a fork(): so there is one for each.
constexpr std::uint32_t done = 2;

std::uint32_t begun() noexcept {
  constexpr unsigned bitsOfKind = 2;
  return 1 | forksThatLedHere() << bitsOfKind;
}

// Whoever waits does it, where it was left by an exception or by cancellation.
class Doing {
 public:
  explicit Doing(Word& state) noexcept : state_(state) {}
  ~Doing() {
    state_.store(after_);
    wakeAll(&state_);
  }
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;
  void succeeded() noexcept { after_ = done; }

 private:
  Word& state_;
  std::uint32_t after_ = PTHREAD_ONCE_INIT;
};

}  // namespace

TROOP_PRELOADED int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  if (barrierOf(*barrier).shared != 0) return TROOP_REAL(pthread_barrier_wait)(barrier);
  return meet(barrierOf(*barrier));
}

TROOP_PRELOADED int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  if (barrierOf(*barrier).shared != 0) return TROOP_REAL(pthread_barrier_destroy)(barrier);
  Word& inside = wordOf(barrierOf(*barrier).inside);
  for (std::uint32_t count = 0; (count = inside.load()) != 0;) {
    waitOn(inside, count, Deadline(), Interruptible::no);
  }
  return 0;
}

TROOP_PRELOADED int pthread_once(pthread_once_t* control, void (*function)()) {
  Word& state = wordOf(*control);
  for (std::uint32_t seen = state.load();; seen = state.load()) {
    if (seen == done) return 0;
    if (seen == begun()) {
      waitOn(state, seen, Deadline(), Interruptible::no);
    } else if (state.compare_exchange_strong(seen, begun())) {
      break;
    }
  }
  Doing doing(state);
  function();
  doing.succeeded();
  return 0;
}

}  // namespace troop::preload
