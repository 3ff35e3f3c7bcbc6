// Mistakes about how long something is whose.
#include <array>
#include <cstdint>
#include <memory>

#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sim/interleaving.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

// A stack of nodes whose head is exchanged: it is the same node again, so it seems that nothing has
// happened, and what comes after that one was taken meanwhile.
namespace aba {

constexpr std::uint64_t none = 3;

struct Stack {
  // The node on top; above that, in the clean one, how often it was changed.
  Atomic<std::uint64_t> top = Atomic<std::uint64_t>::make(0);
  std::array<std::uint64_t, 3> next{1, 2, none};
  std::array<int, 3> owners{};
  std::uint64_t change = 0;  // what each exchange adds
};

std::uint64_t pop(Stack& stack) {
  std::uint64_t seen = stack.top.get();
  while ((seen & 3) != none) {
    const std::uint64_t after = stack.next[seen & 3];
    sim::interleavingPoint();
    const std::uint64_t node = seen & 3;
    if (!stack.top.compareExchange(seen, ((seen & ~std::uint64_t{3}) + stack.change) | after)) {
      continue;
    }
    expect(++stack.owners[node] == 1, "a node that was taken belongs to one");
    return node;
  }
  return none;
}

void push(Stack& stack, std::uint64_t node) {
  --stack.owners[node];
  std::uint64_t seen = stack.top.get();
  do {
    stack.next[node] = seen & 3;
    sim::interleavingPoint();
  } while (!stack.top.compareExchange(seen, ((seen & ~std::uint64_t{3}) + stack.change) | node));
}

template <std::uint64_t change>
void program() {
  Stack stack;
  stack.change = change;
  Scope scope;
  scope.task([&stack] {
    pop(stack);
    sim::interleavingPoint();
    pop(stack);
  });
  scope.task([&stack] {
    const std::uint64_t first = pop(stack);
    sim::interleavingPoint();
    pop(stack);
    sim::interleavingPoint();
    if (first != none) push(stack, first);
  });
}

}  // namespace aba

// The last of those who hold something gives it back: each counts itself out and then looks whether
// it was the last.
namespace doubleRelease {

struct Shared {
  Atomic<int> holders = Atomic<int>::make(2);
  int released = 0;
};

void letGoBroken(Shared& shared) {
  shared.holders.subtract(1);
  sim::interleavingPoint();
  if (shared.holders.get() == 0) ++shared.released;
}

void letGoClean(Shared& shared) {
  const int before = shared.holders.subtract(1);
  sim::interleavingPoint();
  if (before == 1) ++shared.released;
}

template <void (*letGo)(Shared&)>
void program() {
  Shared shared;
  {
    Scope scope;
    for (int i = 0; i < 2; ++i) scope.task([&shared] { letGo(shared); });
  }
  expect(shared.released == 1, "what two held is released once");
}

}  // namespace doubleRelease

// A slot is used again as soon as its answer is there, though who asked has not read it yet.
namespace earlyReuse {

struct Slot {
  Event answered;
  int answer = 0;
  bool read = false;
};

template <bool waitsForReader>
void program() {
  Slot slot;
  Scope scope;
  scope.task([&slot] {
    slot.answered.wait();
    sim::interleavingPoint();
    expect(slot.answer == 42, "who asked gets its answer");
    slot.read = true;
  });
  scope.task([&slot] {
    slot.answer = 42;
    slot.answered.set();
  });
  scope.task([&slot] {
    sim::interleavingPoint();
    if (!slot.answered.isSet()) return;
    if (waitsForReader && !slot.read) return;
    slot.answer = 0;
  });
}

}  // namespace earlyReuse
}  // namespace

std::vector<Planted> plantedLifetimes() {
  return {
      {.name = "aba",
       .mistake = "takes the same node on top for a stack that nobody has changed",
       .broken = aba::program<0>,
       .clean = aba::program<4>,
       .runsMax = {500, 500, 100}},
      {.name = "double-release",
       .mistake = "counts itself out and asks for the count in two steps",
       .broken = doubleRelease::program<doubleRelease::letGoBroken>,
       .clean = doubleRelease::program<doubleRelease::letGoClean>,
       .runsMax = {200, 200, 100}},
      {.name = "early-reuse",
       .mistake = "reuses a slot whose answer is there and not read",
       .broken = earlyReuse::program<false>,
       .clean = earlyReuse::program<true>,
       .runsMax = {200, 200, 100}},
  };
}

}  // namespace troop::tests
