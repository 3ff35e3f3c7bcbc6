#include "tests/chaos/actor.h"

#include <memory>
#include <memory_resource>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/future.h"
#include "runtime/async/select.h"
#include "runtime/deadlock/used-here-only.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "tests/chaos/errand.h"
#include "tests/chaos/group.h"
#include "tests/chaos/parking.h"
#include "tests/chaos/shelf.h"
#include "tests/chaos/traffic.h"
#include "tests/chaos/wanderer.h"

namespace troop::chaos {
namespace {

constexpr unsigned depthMax = actorDepthMax;
constexpr unsigned actionsMax = 5;  // of one actor

// Says so when it goes, whatever the reason.
class Announces {
 public:
  explicit Announces(std::shared_ptr<Event> event) : event_(std::move(event)) {}
  Announces(Announces&&) noexcept = default;
  ~Announces() {
    if (event_) event_->set();
  }

 private:
  std::shared_ptr<Event> event_;
};

// A service Thread ends when it is closed.
class Closes {
 public:
  explicit Closes(Ref<Thread> thread) : thread_(std::move(thread)) {}
  ~Closes() { thread_->close(); }
  Closes(const Closes&) = delete;
  Closes& operator=(const Closes&) = delete;

 private:
  const Ref<Thread> thread_;
};

// While an exception unwinds, waits return; they must not wait for ever, nor throw.
class WaitsWhileUnwinding {
 public:
  explicit WaitsWhileUnwinding(World& world, Chance& chance) : world_(world), chance_(chance) {}
  ~WaitsWhileUnwinding() {
    if (std::uncaught_exceptions() == 0) return;
    const Counted waiting(world_.waits);
    yield();
    sleep(chance_.shortly());
    (void)world_.hubSender(chance_).send(Token(world_), after(chance_.shortly()));
  }
  WaitsWhileUnwinding(const WaitsWhileUnwinding&) = delete;
  WaitsWhileUnwinding& operator=(const WaitsWhileUnwinding&) = delete;

 private:
  World& world_;
  Chance& chance_;
};

class Actor {
 public:
  Actor(World& world, std::uint64_t seed, unsigned depth, Scope* around = nullptr)
      : world_(world), chance_(seed), depth_(depth), around_(around), alive_(world.bodies) {}

  void run() {
    for (unsigned left = chance_.upTo(actionsMax); left > 0; --left) act();
  }

  // Sends until it has had enough or nobody receives; how many.
  void produce(Sender<Token>& out, std::atomic<std::int64_t>& sent);
  void consume(Receiver<Token>& in);
  void answer(Receiver<Token>& in, Sender<Token>& out);

 private:
  void act();
  void act(Action action);
  void actWithWorld(Action action);
  Action choose() noexcept;

  // Starts a Task, a Thread of this troop or of another one that calls f(actor, arguments...).
  template <typename F, typename... Arguments>
  void startSomehow(Scope& scope, F function, Arguments... arguments);

  void startTasks();
  void startThreads();
  void startElsewhere();
  void yieldSomeTimes();
  void cancelWhatIsAround();
  void gather();
  void scatter();
  void pingPong();
  void awaitEvent();
  void missADeadline();
  void sendToAll();
  void receiveFromAll();
  void service();
  void joinSomebody();
  void own();
  void allocate();
  void setTimer();
  void startCoroutines();
  void awaitCoroutine();
  void selectFromAll();
  void selectFromTwo();
  void askForFuture();
  void waitForEver();

  World& world_;
  Chance chance_;
  const unsigned depth_;
  Scope* const around_;
  const Counted alive_;
};

Action Actor::choose() noexcept {
  const auto action = static_cast<Action>(chance_.upTo(actions - 1));
  switch (action) {
    case Action::killSomebody:
    case Action::killItself:
      return world_.mayKill(chance_) ? action : Action::yieldSomeTimes;
    case Action::failToWaitForEver:
      return world_.mayWaitForEver() ? action : Action::sleepShortly;
    case Action::resizeCarriers:
      return world_.mayResize() ? action : Action::yieldSomeTimes;
    case Action::startTasks:
    case Action::startThreads:
    case Action::startElsewhere:
    case Action::gather:
    case Action::scatter:
    case Action::pingPong:
    case Action::awaitEvent:
    case Action::service:
    case Action::startCoroutines:
    case Action::awaitCoroutine:
    case Action::selectFromTwo:
    case Action::askForFuture:
    case Action::awaitGoods:
    case Action::killGroup:
      return depth_ < depthMax ? action : Action::sleepShortly;
    default:
      return action;
  }
}

void Actor::act() {
  const Action action = choose();
  world_.did(static_cast<std::size_t>(action));
  const WaitsWhileUnwinding guard(world_, chance_);
  try {
    act(action);
  } catch (const Error&) {
    // A deadline, a limit, somebody who failed: mostly it goes on.
    if (chance_.oneIn(4)) throw;
  }
}

void Actor::act(Action action) {
  switch (action) {
    case Action::yieldSomeTimes:
      return yieldSomeTimes();
    case Action::sleepShortly:
      return world_.waiting([&] { sleep(chance_.shortly()); });
    case Action::startTasks:
      return startTasks();
    case Action::startThreads:
      return startThreads();
    case Action::startElsewhere:
      return startElsewhere();
    case Action::gather:
      return gather();
    case Action::scatter:
      return scatter();
    case Action::pingPong:
      return pingPong();
    case Action::awaitEvent:
      return awaitEvent();
    case Action::missADeadline:
      return missADeadline();
    case Action::cancelWhatIsAround:
      return cancelWhatIsAround();
    case Action::sendToAll:
      return sendToAll();
    case Action::receiveFromAll:
      return receiveFromAll();
    case Action::service:
      return service();
    case Action::joinSomebody:
      return joinSomebody();
    case Action::own:
      return own();
    case Action::allocate:
      return allocate();
    case Action::setTimer:
      return setTimer();
    case Action::startCoroutines:
      return startCoroutines();
    case Action::awaitCoroutine:
      return awaitCoroutine();
    case Action::selectFromAll:
      return selectFromAll();
    case Action::selectFromTwo:
      return selectFromTwo();
    case Action::askForFuture:
      return askForFuture();
    case Action::fail:
      throw Error(ErrorKind::failed, "by chance");
    case Action::failToWaitForEver:
      return waitForEver();
    case Action::killSomebody:
      return world_.killOne(chance_);
    case Action::killItself:
      return Troop::current()->kill(Error(ErrorKind::failed, "by itself", ErrorDetail::killed));
    default:
      return actWithWorld(action);
  }
}

void Actor::actWithWorld(Action action) {
  switch (action) {
    case Action::visitShelf:
      return visitShelf(world_, chance_);
    case Action::awaitGoods:
      return awaitGoods(world_, chance_, depth_);
    case Action::doTraffic:
      return doTraffic(world_, chance_);
    case Action::doErrand:
      return doErrand(world_, chance_);
    case Action::parkSomebody:
      return parkSomebody(world_, chance_);
    case Action::shareStacks:
      return shareStacks(world_, chance_);
    case Action::killGroup:
      return killGroup(world_, chance_, depth_);
    default:
      return world_.resizeCarriers(chance_);
  }
}

void Actor::yieldSomeTimes() {
  for (unsigned left = chance_.upTo(5); left > 0; --left) world_.waiting([] { yield(); });
}

void Actor::cancelWhatIsAround() {
  if (around_ != nullptr) around_->cancel();
}

template <typename F, typename... Arguments>
void Actor::startSomehow(Scope& scope, F function, Arguments... arguments) {
  const std::uint64_t seed = chance_.number();
  World* const world = &world_;
  const unsigned depth = depth_ + 1;
  const unsigned way = chance_.upTo(2);
  if (way == 0 || !world_.mayStart()) {
    scope.task([=, around = &scope, ... own = std::move(arguments)]() mutable {
      Actor actor(*world, seed, depth, around);
      function(actor, own...);
    });
    return;
  }
  const auto body = [](World* where, std::uint64_t itsSeed, unsigned itsDepth, Scope* around,
                       auto... own) {
    Actor actor(*where, itsSeed, itsDepth, around);
    F()(actor, own...);
  };
  if (way == 1 && mayLend()) {
    scope.thread(threadNamed("scoped", chance_), body, assumeSendable(world), seed, depth,
                 assumeSendable(&scope), assumeSendable(std::move(arguments))...);
  } else {
    world_.troop(chance_)->thread(threadNamed("elsewhere", chance_), body, assumeSendable(world),
                                  seed, depth, assumeSendable(static_cast<Scope*>(nullptr)),
                                  assumeSendable(std::move(arguments))...);
  }
}

void Actor::startTasks() {
  inScope({}, [&](Scope& scope) {
    for (unsigned left = 1 + chance_.upTo(2); left > 0; --left) {
      scope.task([&, seed = chance_.number()] { Actor(world_, seed, depth_ + 1, &scope).run(); });
    }
    if (chance_.oneIn(2)) world_.waiting([] { yield(); });
    if (chance_.oneIn(6)) scope.cancel();
    if (chance_.oneIn(2)) act(choose());
  });
}

void Actor::startThreads() {
  if (!mayLend()) return expectNothingLent(world_, chance_);
  const Duration deadline = chance_.oneIn(4) ? chance_.shortly() : forever;
  inScope({.deadline = deadline}, [&](Scope& scope) {
    for (unsigned left = 1 + chance_.upTo(3); left > 0 && world_.mayStart(); --left) {
      scope.thread(
          threadNamed("inner", chance_),
          [](World* world, std::uint64_t seed, unsigned depth, Scope* around) {
            Actor(*world, seed, depth, around).run();
          },
          assumeSendable(&world_), chance_.number(), depth_ + 1, assumeSendable(&scope));
    }
    if (chance_.oneIn(6)) scope.cancel();
  });
}

void Actor::startElsewhere() {
  if (!world_.mayStart()) return;
  Ref<Thread> thread = startActor(world_, world_.troop(chance_), chance_.number(), depth_ + 1);
  if (chance_.oneIn(2)) return world_.remember(std::move(thread), chance_);
  if (chance_.oneIn(2))
    (void)world_.waiting([&] { return thread->join(after(chance_.shortly())); });
}

// Many send, one receives until all have gone.
void Actor::gather() {
  const auto sent = std::make_shared<std::atomic<std::int64_t>>(0);
  inScope({}, [&](Scope& scope) {
    auto made = channel<Token>(1 + chance_.upTo(2));
    Receiver<Token> receiver = std::move(made.second);
    {
      const Sender<Token> sender = std::move(made.first);
      for (unsigned left = 1 + chance_.upTo(2); left > 0; --left) {
        startSomehow(
            scope,
            [](Actor& actor, Sender<Token>& out,
               const std::shared_ptr<std::atomic<std::int64_t>>& count) {
              actor.produce(out, *count);
            },
            sender, sent);
      }
    }
    const deadlock::UsedHereOnly ends(receiver);
    std::int64_t received = 0;
    while (world_.waiting([&] { return receiver.receive(); })) ++received;
    if (received != sent->load()) world_.wrong("a channel lost or doubled a value");
  });
}

void Actor::produce(Sender<Token>& out, std::atomic<std::int64_t>& sent) {
  const deadlock::UsedHereOnly ends(out);
  for (unsigned left = chance_.upTo(6); left > 0; --left) {
    // Counted before: who receives it may compare at once.
    ++sent;
    bool delivered = false;
    const auto notSent = [&](void*) {
      if (!delivered) --sent;
    };
    const std::unique_ptr<void, decltype(notSent)> undo(&sent, notSent);
    const Time until = chance_.oneIn(3) ? after(chance_.shortly()) : never;
    delivered = world_.waiting([&] { return out.send(Token(world_), until).succeeded(); });
    if (chance_.oneIn(5)) act();
  }
}

// One sends and goes, many receive.
void Actor::scatter() {
  inScope({}, [&](Scope& scope) {
    auto made = channel<Token>(1 + chance_.upTo(2));
    Sender<Token> sender = std::move(made.first);
    {
      const Receiver<Token> receiver = std::move(made.second);
      for (unsigned left = 1 + chance_.upTo(2); left > 0; --left) {
        startSomehow(scope, [](Actor& actor, Receiver<Token>& in) { actor.consume(in); }, receiver);
      }
    }
    const deadlock::UsedHereOnly ends(sender);
    for (unsigned left = chance_.upTo(8); left > 0; --left) {
      if (world_.waiting([&] { return sender.send(Token(world_)).failed(); })) break;
    }
  });
}

void Actor::consume(Receiver<Token>& in) {
  const deadlock::UsedHereOnly ends(in);
  while (!chance_.oneIn(8) && world_.waiting([&] { return in.receive(); })) {
    if (chance_.oneIn(5)) act();
  }
}

void Actor::pingPong() {
  inScope({}, [&](Scope& scope) {
    auto there = channel<Token>(1);
    auto back = channel<Token>(1);
    Sender<Token> out = std::move(there.first);
    Receiver<Token> in = std::move(back.second);
    startSomehow(
        scope,
        [](Actor& actor, Receiver<Token>& asked, Sender<Token>& answers) {
          actor.answer(asked, answers);
        },
        std::move(there.second), std::move(back.first));
    const deadlock::UsedHereOnly ends(out, in);
    for (unsigned left = chance_.upTo(5); left > 0; --left) {
      if (world_.waiting([&] { return out.send(Token(world_)).failed(); })) break;
      if (!world_.waiting([&] { return in.receive(); })) break;
    }
  });
}

void Actor::answer(Receiver<Token>& in, Sender<Token>& out) {
  const deadlock::UsedHereOnly ends(in, out);
  while (std::optional<Token> question = world_.waiting([&] { return in.receive(); })) {
    if (world_.waiting([&] { return out.send(*question).failed(); })) return;
    if (chance_.oneIn(8)) return;
  }
}

void Actor::awaitEvent() {
  const auto event = std::make_shared<Event>();
  inScope({}, [&](Scope& scope) {
    startSomehow(scope, [](Actor& actor, Announces&) { actor.run(); }, Announces(event));
    if (chance_.oneIn(3)) world_.waiting([&] { return event->wait(after(chance_.shortly())); });
    world_.waiting([&] { return event->wait(); });
  });
}

void Actor::missADeadline() {
  Event neverSet;
  if (chance_.oneIn(2)) {
    world_.waiting([&] { return neverSet.wait(after(chance_.shortly())); });
    return;
  }
  inScope({.deadline = chance_.shortly()},
          [&](Scope&) { world_.waiting([&] { return neverSet.wait(); }); });
}

void Actor::sendToAll() {
  Sender<Token> hub = world_.hubSender(chance_);
  if (chance_.oneIn(3)) return (void)hub.trySend(Token(world_));
  (void)world_.waiting([&] { return hub.send(Token(world_), after(chance_.shortly())); });
}

void Actor::receiveFromAll() {
  Receiver<Token> hub = world_.hubReceiver(chance_);
  if (chance_.oneIn(3)) return (void)hub.tryReceive();
  (void)world_.waiting([&] { return hub.receiveUntil(after(chance_.shortly())); });
}

void Actor::service() {
  if (!world_.mayStart()) return;
  const Ref<Thread> thread = world_.troop(chance_)->serviceThread("service");
  const Closes closes(thread);
  for (unsigned left = chance_.upTo(3); left > 0; --left) {
    const Expected<void> posted =
        thread->post(assumeSendable([&world = world_, seed = chance_.number(), depth = depth_ + 1] {
          Actor(world, seed, depth).run();
        }));
    if (posted.failed()) return;
  }
  if (chance_.oneIn(2)) world_.remember(thread, chance_);
  if (chance_.oneIn(2)) {
    thread->close();
    (void)world_.waiting([&] { return thread->join(after(chance_.shortly())); });
  }
}

void Actor::joinSomebody() {
  const Ref<Thread> thread = world_.remembered(chance_);
  if (!thread) return;
  if (chance_.oneIn(3)) {
    (void)thread->post(assumeSendable(
        [&world = world_, seed = chance_.number()] { Actor(world, seed, depthMax).run(); }));
  }
  (void)world_.waiting([&] { return thread->join(after(chance_.shortly())); });
}

void Actor::own() {
  const auto object = std::make_shared<Token>(world_);
  const Ref<Thread> thread =
      chance_.oneIn(2) ? Ref<Thread>::share(Thread::current()) : world_.remembered(chance_);
  if (thread && thread->own(object) && chance_.oneIn(2)) thread->disown(object.get());
}

void Actor::allocate() {
  std::pmr::vector<std::byte> bytes(&Troop::current()->heap());
  for (unsigned left = 1 + chance_.upTo(3); left > 0; --left) {
    bytes.resize(bytes.size() + chance_.upTo(16'000));
    world_.waiting([] { yield(); });
  }
}

void Actor::setTimer() {
  const TimerId timer =
      world_.process().at(after(chance_.shortly()), [token = Token(world_)] { (void)token; });
  if (!chance_.oneIn(2)) return;
  world_.waiting([] { yield(); });
  world_.process().cancelTimer(timer);
}

void Actor::waitForEver() {
  Event neverSet;
  world_.waiting([&] { return neverSet.wait(); });
}

void Actor::startCoroutines() {
  inScope({}, [&](Scope& scope) {
    for (unsigned left = 1 + chance_.upTo(2); left > 0; --left) {
      scope.async(wander(world_, chance_.number(), depth_ + 1));
    }
    if (chance_.oneIn(6)) scope.cancel();
    if (chance_.oneIn(2)) act(choose());
  });
}

void Actor::awaitCoroutine() {
  world_.waiting([&] { await(wander(world_, chance_.number(), depth_ + 1)); });
}

void Actor::selectFromAll() {
  const Receiver<Token> in = world_.hubReceiver(chance_);
  const Sender<Token> out = world_.hubSender(chance_);
  world_.waiting([&] {
    return select(whenReceived(in, [](const std::optional<Token>&) {}),
                  whenSent(out, Token(world_), [](const Expected<void>&) {}),
                  whenPassed(chance_.oneIn(3) ? Time::min() : after(chance_.shortly()), [] {}));
  });
}

// Somebody sends into each of two channels; what comes first is taken until both have gone.
void Actor::selectFromTwo() {
  const auto sent = std::make_shared<std::atomic<std::int64_t>>(0);
  inScope({}, [&](Scope& scope) {
    const auto producer = [](Actor& actor, Sender<Token>& out,
                             const std::shared_ptr<std::atomic<std::int64_t>>& count) {
      actor.produce(out, *count);
    };
    auto one = channel<Token>(1 + chance_.upTo(1)), other = channel<Token>(1 + chance_.upTo(1));
    Receiver<Token> left = std::move(one.second), right = std::move(other.second);
    startSomehow(scope, producer, std::move(one.first), sent);
    startSomehow(scope, producer, std::move(other.first), sent);
    std::int64_t received = 0;
    bool leftOpen = true, rightOpen = true;
    const auto count = [&](bool& open, bool value) {
      value ? void(++received) : void(open = false);
    };
    while (leftOpen && rightOpen) {
      world_.waiting([&] {
        return select(
            whenReceived(left, [&](std::optional<Token> token) { count(leftOpen, !!token); }),
            whenReceived(right, [&](std::optional<Token> token) { count(rightOpen, !!token); }));
      });
    }
    Receiver<Token>& rest = leftOpen ? left : right;
    while (world_.waiting([&] { return rest.receive(); })) ++received;
    if (received != sent->load()) world_.wrong("a select lost or doubled a value");
  });
}

void Actor::askForFuture() {
  if (!world_.mayStart()) return;
  constexpr int answer = 42;
  Future<int> asked = world_.troop(chance_)->future(
      threadNamed("answers", chance_),
      [](World* world, std::uint64_t seed, unsigned depth) {
        Actor(*world, seed, depth).run();
        return answer;
      },
      assumeSendable(&world_), chance_.number(), depth_ + 1);
  if (chance_.oneIn(4)) return;  // nobody waits for it
  const Ref<Thread> executor = chance_.oneIn(3) ? world_.remembered(chance_) : Ref<Thread>();
  if (executor) {
    asked = std::move(asked).then(executor, [](Expected<int> given) { return given.value(); });
  }
  const Duration timeout = chance_.oneIn(3) ? chance_.shortly() : forever;
  const Expected<int> given = world_.waiting([&] { return asked.get(timeout); });
  if (given && given.value() != answer) world_.wrong("a Future gave another value");
}

}  // namespace

void runActor(World& world, std::uint64_t seed, unsigned depth, Scope* around) {
  Actor(world, seed, depth, around).run();
}

Ref<Thread> startActor(World& world, const Ref<Troop>& troop, std::uint64_t seed, unsigned depth) {
  Chance chance(seed);
  return troop->thread(
      threadNamed("actor", chance),
      [](World* where, std::uint64_t itsSeed, unsigned itsDepth) {
        Actor(*where, itsSeed, itsDepth).run();
      },
      assumeSendable(&world), seed, depth);
}

}  // namespace troop::chaos
