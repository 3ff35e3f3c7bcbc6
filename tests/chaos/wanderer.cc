#include "tests/chaos/wanderer.h"

#include <memory>
#include <utility>
#include <vector>

#include "runtime/async/all.h"
#include "runtime/async/channel.h"
#include "runtime/async/race.h"
#include "runtime/async/scope.h"
#include "runtime/async/select.h"
#include "runtime/async/timeout.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "tests/chaos/shelf.h"

namespace troop::chaos {
namespace {

constexpr unsigned stepsMax = 4;  // of one wanderer
constexpr int answer = 42;

Step choose(World& world, Chance& chance, unsigned depth) noexcept {
  const auto step = static_cast<Step>(chance.upTo(steps - 1));
  switch (step) {
    case Step::killSomebody:
      return world.mayKill(chance) ? step : Step::takeTurns;
    case Step::awaitAnother:
    case Step::startSome:
    case Step::gather:
    case Step::awaitFuture:
    case Step::combine:
    case Step::awaitGoods:
      return depth < actorDepthMax ? step : Step::sleepShortly;
    default:
      return step;
  }
}

using Sent = std::shared_ptr<std::atomic<std::int64_t>>;

// Counts what was sent before it is, as who receives it may compare at once.
class Sending {
 public:
  explicit Sending(std::atomic<std::int64_t>& sent) noexcept : sent_(sent) { ++sent_; }
  ~Sending() {
    if (!delivered_) --sent_;
  }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;
  void delivered(bool yes) noexcept { delivered_ = yes; }

 private:
  std::atomic<std::int64_t>& sent_;
  bool delivered_ = false;
};

Async<void> produce(World& world, std::uint64_t seed, Sender<Token> out, Sent sent) {
  Chance chance(seed);
  const Counted alive(world.bodies);
  for (unsigned left = chance.upTo(6); left > 0; --left) {
    Sending one(*sent);
    const Counted waiting(world.waits);
    const Time until = chance.oneIn(3) ? after(chance.shortly()) : never;
    one.delivered((co_await async::send(out, Token(world), until)).succeeded());
    if (chance.oneIn(5)) co_await async::sleep(chance.shortly());
  }
}

// Many send, in coroutines and in a Task with a stack; one receives until all have gone.
Async<void> gather(World& world, Chance& chance) {
  const Sent sent = std::make_shared<std::atomic<std::int64_t>>(0);
  co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
    auto ends = channel<Token>(1 + chance.upTo(2));
    const Receiver<Token> receiver = std::move(ends.second);
    {
      const Sender<Token> sender = std::move(ends.first);
      for (unsigned left = 1 + chance.upTo(2); left > 0; --left) {
        scope.async(produce(world, chance.number(), sender, sent));
      }
      if (chance.oneIn(2)) {
        scope.task([&world, sent, out = sender]() mutable {
          Sending one(*sent);
          one.delivered(out.send(Token(world)).succeeded());
        });
      }
    }
    const Counted waiting(world.waits);
    std::int64_t received = 0;
    while (co_await async::receive(receiver)) ++received;
    if (received != sent->load()) world.wrong("a channel of coroutines lost or doubled a value");
  });
}

Async<void> resolveOrNot(World& world, std::uint64_t seed, Resolver<int> resolver) {
  Chance chance(seed);
  const Counted alive(world.bodies);
  for (unsigned left = chance.upTo(3); left > 0; --left) co_await async::yield();
  if (!chance.oneIn(3)) resolver.resolve(answer);
}

Async<void> awaitFuture(World& world, Chance& chance) {
  co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
    auto sides = future<int>();
    scope.async(resolveOrNot(world, chance.number(), std::move(sides.first)));
    const Counted waiting(world.waits);
    const int given = co_await std::move(sides.second);
    if (given != answer) world.wrong("a Future gave another value");
  });
}

Async<void> startSome(World& world, Chance& chance, unsigned depth) {
  const Duration deadline = chance.oneIn(4) ? chance.shortly() : forever;
  co_await async::inScope({.deadline = deadline}, [&](Scope& scope) -> Async<void> {
    for (unsigned left = 1 + chance.upTo(2); left > 0; --left) {
      if (chance.oneIn(3)) {
        scope.task([&world, &scope, seed = chance.number(), depth] {
          runActor(world, seed, depth + 1, &scope);
        });
      } else {
        scope.async(wander(world, chance.number(), depth + 1));
      }
    }
    if (chance.oneIn(2)) co_await async::yield();
    if (chance.oneIn(6)) scope.cancel();
  });
}

Async<void> combine(World& world, Chance& chance, unsigned depth) {
  switch (chance.upTo(2)) {
    case 0:
      (void)co_await async::timeout(chance.shortly(), wander(world, chance.number(), depth + 1));
      break;
    case 1: {
      std::vector<Async<void>> several;
      for (unsigned left = 1 + chance.upTo(2); left > 0; --left) {
        several.push_back(wander(world, chance.number(), depth + 1));
      }
      co_await async::allOf(std::move(several));
      break;
    }
    default:
      co_await async::race(wander(world, chance.number(), depth + 1),
                           wander(world, chance.number(), depth + 1));
  }
}

Async<void> selectFromAll(World& world, Chance& chance) {
  const Counted waiting(world.waits);
  const Receiver<Token> in = world.hubReceiver(chance);
  const Sender<Token> out = world.hubSender(chance);
  co_await async::select(whenReceived(in, [](const std::optional<Token>&) {}),
                         whenSent(out, Token(world), [](const Expected<void>&) {}),
                         whenPassed(after(chance.shortly()), [] {}));
}

Async<void> take(World& world, Chance& chance, unsigned depth, Step step) {
  const Counted waiting(world.waits);
  switch (step) {
    case Step::takeTurns:
      for (unsigned left = chance.upTo(5); left > 0; --left) co_await async::yield();
      break;
    case Step::sleepShortly:
      co_await async::sleep(chance.shortly());
      break;
    case Step::awaitEvent: {
      Event neverSet;
      co_await async::wait(neverSet, after(chance.shortly()));
      break;
    }
    case Step::sendToAll:
      (void)co_await async::send(world.hubSender(chance), Token(world), after(chance.shortly()));
      break;
    case Step::receiveFromAll:
      (void)co_await async::receiveUntil(world.hubReceiver(chance), after(chance.shortly()));
      break;
    case Step::selectFromAll:
      co_await selectFromAll(world, chance);
      break;
    case Step::awaitAnother:
      co_await wander(world, chance.number(), depth + 1);
      break;
    case Step::startSome:
      co_await startSome(world, chance, depth);
      break;
    case Step::gather:
      co_await gather(world, chance);
      break;
    case Step::awaitFuture:
      co_await awaitFuture(world, chance);
      break;
    case Step::combine:
      co_await combine(world, chance, depth);
      break;
    case Step::joinSomebody: {
      const Ref<Thread> thread = world.remembered(chance);
      if (thread) (void)co_await async::join(*thread, after(chance.shortly()));
      break;
    }
    case Step::visitShelf:
      co_await wanderToShelf(world, chance);
      break;
    case Step::awaitGoods:
      co_await wanderForGoods(world, chance, depth);
      break;
    case Step::fail:
      throw Error(ErrorKind::failed, "by chance");
    case Step::killSomebody:
      world.killOne(chance);
  }
}

}  // namespace

Async<void> wander(World& world, std::uint64_t seed, unsigned depth) {
  Chance chance(seed);
  const Counted alive(world.bodies);
  for (unsigned left = chance.upTo(stepsMax); left > 0; --left) {
    const Step step = choose(world, chance, depth);
    world.did(actions + static_cast<std::size_t>(step));
    try {
      co_await take(world, chance, depth, step);
    } catch (const Error&) {
      // A deadline, a limit, somebody who failed: mostly it goes on.
      if (chance.oneIn(4)) throw;
    }
  }
}

}  // namespace troop::chaos
