#include "runtime/local/finalizer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/local/local.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {

// Says where it was destroyed, after a wait, as who says goodbye to a peer would.
struct Connection {
  Connection(Sender<std::string> told, Event* mayClose)
      : told(std::move(told)), mayClose(mayClose) {}
  Connection(Connection&& other) noexcept
      : told(std::move(other.told)), mayClose(std::exchange(other.mayClose, nullptr)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (mayClose == nullptr) return;
    const bool waited = mayClose->waitNoThrow() == WaitResult::signalled;
    const Thread* thread = Thread::current();
    std::string where = thread != nullptr ? thread->name() : "nowhere";
    if (!waited) where += ", cancelled";
    (void)told.trySend(std::move(where));
  }
  Sender<std::string> told;
  Event* mayClose;
};
template <>
struct IsIsolatable<Connection> : std::true_type {};

namespace {

TROOP_TEST(Finalizer, destroysInItsOwnThreadWhereWaitsAreAllowed) {
  auto [told, heard] = channel<std::string>(10);
  Event mayClose;
  const Finalizer finalizer = Finalizer::start(*Troop::current());
  {
    Finalized<Connection> connection(finalizer, Connection(told, &mayClose));
    EXPECT_EQ(connection->mayClose, &mayClose);
    const Finalized<Connection> moved = std::move(connection);
    EXPECT_FALSE(connection);  // NOLINT(bugprone-use-after-move): says so
  }
  yield();
  mayClose.set();
  EXPECT_EQ(heard.receive(), "finalizer");
}

struct Session {
  explicit Session(Finalized<Connection> its) : connection(std::move(its)) {}
  void trace(LocalTracer& tracer) const { tracer(self); }
  Finalized<Connection> connection;
  Local<Session> self;
};

TROOP_TEST(Finalizer, servesCirclesWhoseCollectorWaitsForNothing) {
  auto [told, heard] = channel<std::string>(10);
  Event mayClose;
  const Finalizer finalizer = Finalizer::start(*Troop::current());
  {
    const Local<Session> session =
        Local<Session>::make(Finalized<Connection>(finalizer, Connection(told, &mayClose)));
    session->self = session;
  }
  EXPECT_EQ(collectCycles(), 1u);
  mayClose.set();
  EXPECT_EQ(heard.receive(), "finalizer");
}

Async<void> talk(Finalized<Connection> with) {
  (void)with;
  co_return;
}

// An Async that is part of a circle, and never awaited.
struct Plan {
  void trace(LocalTracer& tracer) const { tracer(self); }
  std::optional<Async<void>> work;
  Local<Plan> self;
};

TROOP_TEST(Finalizer, servesCoroutinesThatACircleAbandons) {
  auto [told, heard] = channel<std::string>(10);
  Event mayClose;
  const Finalizer finalizer = Finalizer::start(*Troop::current());
  {
    const Local<Plan> plan = Local<Plan>::make();
    plan->work.emplace(talk(Finalized<Connection>(finalizer, Connection(told, &mayClose))));
    plan->self = plan;
  }
  EXPECT_EQ(collectCycles(), 1u);
  mayClose.set();
  EXPECT_EQ(heard.receive(), "finalizer");
}

TROOP_TEST(Finalizer, servesThoseWhoWereKilled) {
  auto [told, heard] = channel<std::string>(10);
  Event mayClose, made;
  mayClose.set();
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  const Finalizer finalizer = Finalizer::start(*Troop::current());
  const Ref<Thread> thread = other->thread(
      {},
      [](Finalizer with, Sender<std::string> to, Event* close, Event* done) {
        const Finalized<Connection> connection(with, Connection(std::move(to), close));
        done->set();
        sleep(24h);
      },
      finalizer, told, assumeSendable(&mayClose), assumeSendable(&made));
  made.wait();
  other->kill(Error(ErrorKind::disconnected, "enough"));
  EXPECT_EQ(heard.receive(), "finalizer");
  (void)thread->join();
}

TROOP_TEST(Finalizer, ofATroopThatIsKilledDestroysAllTheSame) {
  auto [told, heard] = channel<std::string>(10);
  Event never;
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  const Finalizer finalizer = Finalizer::start(*other);
  {
    const Finalized<Connection> last(finalizer, Connection(told, &never));
    other->kill(Error(ErrorKind::disconnected, "enough"));
    yield();
  }
  EXPECT_EQ(heard.receive(), "finalizer, cancelled");
  while (other->threads() != 0) yield();
  EXPECT_THROW(Finalized<int>(finalizer, 1), Error);
  EXPECT_THROW(Finalizer::start(*other), Error);
}

TROOP_TEST(Finalizer, endsWithTheLastWhoHasIt) {
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  std::optional<Finalizer> finalizer = Finalizer::start(*other);
  {
    const Finalized<int> number(*finalizer, 7);
    finalizer.reset();
    yield();
    EXPECT_EQ(other->threads(), 1u);
  }
  while (other->threads() != 0) yield();
}

TROOP_TEST(Finalizer, chargesACoreUntilItIsGone) {
  const Finalizer finalizer = Finalizer::start(*Troop::current());
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  other
      ->thread(
          {},
          [](Finalizer with) {
            const std::size_t before = Troop::current()->memory()->used();
            const Finalized<int> number(with, 7);
            EXPECT_EQ(*number, 7);
            EXPECT_GT(Troop::current()->memory()->used(), before);
          },
          finalizer)
      ->join()
      .value();
  while (other->memory()->used() != 0) yield();
}

}  // namespace
}  // namespace troop
