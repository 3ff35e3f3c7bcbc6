#include "tests/chaos/shelf.h"

#include <utility>

#include "runtime/async/monitor.h"
#include "runtime/async/scope.h"
#include "runtime/async/timeout.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "tests/chaos/actor.h"

namespace troop::chaos {
namespace {

void count(Shelf& inside, World& world) {
  ++inside.visits;
  ++world.visits;
}

bool hasGoods(const Shelf& inside) {
  return inside.goods > 0;
}

void putGoods(Shelf& inside, Entered& entered) {
  ++inside.goods;
  entered.signal();
}

// Brings what somebody waits for when it goes, whatever the reason.
class Brings {
 public:
  explicit Brings(Monitor<Shelf> shelf) noexcept : shelf_(std::move(shelf)) {}
  ~Brings() { shelf_.enter(&putGoods); }
  Brings(const Brings&) = delete;
  Brings& operator=(const Brings&) = delete;

 private:
  const Monitor<Shelf> shelf_;
};

void bring(World* world, Monitor<Shelf> shelf, std::uint64_t seed, unsigned depth, Scope* around) {
  const Brings brings(std::move(shelf));
  runActor(*world, seed, depth, around);
}

void take(World& world, const Monitor<Shelf>& shelf) {
  const Counted waiting(world.waits);
  shelf.enter([](Shelf& inside, Entered& entered) {
    entered.wait([&inside] { return hasGoods(inside); });
    --inside.goods;
  });
}

Async<void> wanderAndTake(World& world, Monitor<Shelf> shelf) {
  const Counted alive(world.bodies);
  const Counted waiting(world.waits);
  co_await async::enterWhen(shelf, &hasGoods, [](Shelf& inside) { --inside.goods; });
  world.saw(Sight::wandererGotGoods);
}

// One who brings, in a Task of the calling Thread or in another Thread.
void startBringer(World& world, Chance& chance, unsigned depth, Scope& scope,
                  const Monitor<Shelf>& shelf) {
  const std::uint64_t seed = chance.number();
  if (chance.oneIn(2) && mayLend() && world.mayStart()) {
    scope.thread(threadNamed("brings", chance), &bring, assumeSendable(&world), shelf, seed,
                 depth + 1, assumeSendable(&scope));
  } else {
    scope.task(
        [&world, &scope, shelf, seed, depth] { bring(&world, shelf, seed, depth + 1, &scope); });
  }
}

// As many who bring as who take, and one more who brings: for the caller.
void startCrowd(World& world, Chance& chance, unsigned depth, Scope& scope,
                const Monitor<Shelf>& shelf) {
  for (unsigned left = chance.upTo(2); left > 0; --left) {
    if (chance.oneIn(2)) {
      scope.async(wanderAndTake(world, shelf));
    } else {
      scope.task([&world, shelf] { take(world, shelf); });
    }
    startBringer(world, chance, depth, scope, shelf);
  }
  startBringer(world, chance, depth, scope, shelf);
}

}  // namespace

void visitShelf(World& world, Chance& chance) {
  const Monitor<Shelf> shelf = world.shelf(chance);
  const auto visit = [&](Shelf& inside) {
    const std::int64_t before = inside.visits;
    if (chance.oneIn(3)) yield();  // others must not see that
    inside.visits = before + 1;
    ++world.visits;
  };
  const Counted waiting(world.waits);
  switch (chance.upTo(2)) {
    case 0:
      return shelf.enter(assumeSendable([&](Shelf& inside, Entered& entered) {
        visit(inside);
        putGoods(inside, entered);
      }));
    case 1:
      return shelf.enter(assumeSendable([&](Shelf& inside, Entered& entered) {
        if (entered.wait([&] { return hasGoods(inside); }, after(chance.shortly()))) {
          --inside.goods;
        }
        visit(inside);
      }));
    default:
      (void)shelf.enterBy(after(chance.shortly()), assumeSendable(visit));
  }
}

Async<void> wanderToShelf(World& world, Chance& chance) {
  const Monitor<Shelf> shelf = world.shelf(chance);
  const Counted waiting(world.waits);
  if (chance.oneIn(2)) {
    co_await async::enter(
        shelf,
        [](Shelf& inside, Entered& entered, World* where) {
          count(inside, *where);
          putGoods(inside, entered);
        },
        assumeSendable(&world));
  } else {
    (void)co_await async::timeout(chance.shortly(), async::enterWhen(
                                                        shelf, &hasGoods,
                                                        [](Shelf& inside, World* where) {
                                                          --inside.goods;
                                                          count(inside, *where);
                                                        },
                                                        assumeSendable(&world)));
  }
  world.saw(Sight::wandererInside);
}

void awaitGoods(World& world, Chance& chance, unsigned depth) {
  const Monitor<Shelf> shelf = Monitor<Shelf>::make();
  inScope({}, [&](Scope& scope) {
    startCrowd(world, chance, depth, scope, shelf);
    take(world, shelf);
  });
}

Async<void> wanderForGoods(World& world, Chance& chance, unsigned depth) {
  const Monitor<Shelf> shelf = Monitor<Shelf>::make();
  co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
    startCrowd(world, chance, depth, scope, shelf);
    co_await wanderAndTake(world, shelf);
  });
}

}  // namespace troop::chaos
