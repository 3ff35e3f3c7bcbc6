// Two send a number to and fro through channels of one place; the time of a round trip.
#include "runtime/async/async.h"
#include "runtime/async/channel.h"
#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

void ping(std::size_t times, Sender<int> there, Receiver<int> back) {
  for (std::size_t i = 0; i < times; ++i) {
    there.send(1).value();
    require(back.receive().has_value(), "the ball was lost");
  }
}

void pong(std::size_t times, Receiver<int> there, Sender<int> back) {
  for (std::size_t i = 0; i < times; ++i) {
    require(there.receive().has_value(), "the ball was lost");
    back.send(1).value();
  }
}

Async<void> pingAsync(std::size_t times, Sender<int> there, Receiver<int> back) {
  for (std::size_t i = 0; i < times; ++i) {
    (co_await async::send(there, 1)).value();
    require((co_await async::receive(back)).has_value(), "the ball was lost");
  }
}

Async<void> pongAsync(std::size_t times, Receiver<int> there, Sender<int> back) {
  for (std::size_t i = 0; i < times; ++i) {
    require((co_await async::receive(there)).has_value(), "the ball was lost");
    (co_await async::send(back, 1)).value();
  }
}

std::size_t roundTrips() {
  return size("PINGPONG_N", 1'000'000);
}

double nanosecondsEach(const Stopwatch& watch, std::size_t times) {
  return watch.nanoseconds() / static_cast<double>(times);
}

double betweenThreads() {
  auto [there, atThere] = channel<int>(1);
  auto [back, atBack] = channel<int>(1);
  const Stopwatch watch;
  {
    Scope scope;
    scope.thread(ping, roundTrips(), std::move(there), std::move(atBack));
    scope.thread(pong, roundTrips(), std::move(atThere), std::move(back));
  }
  return nanosecondsEach(watch, roundTrips());
}

double betweenTasks() {
  auto [there, atThere] = channel<int>(1);
  auto [back, atBack] = channel<int>(1);
  const Stopwatch watch;
  {
    Scope scope;
    scope.task([sender = std::move(there), receiver = std::move(atBack)] {
      ping(roundTrips(), sender, receiver);
    });
    scope.task([receiver = std::move(atThere), sender = std::move(back)] {
      pong(roundTrips(), receiver, sender);
    });
  }
  return nanosecondsEach(watch, roundTrips());
}

double betweenCoroutines() {
  auto [there, atThere] = channel<int>(1);
  auto [back, atBack] = channel<int>(1);
  const Stopwatch watch;
  {
    Scope scope;
    scope.async(pingAsync(roundTrips(), std::move(there), std::move(atBack)));
    scope.async(pongAsync(roundTrips(), std::move(atThere), std::move(back)));
  }
  return nanosecondsEach(watch, roundTrips());
}

// Each on an OS thread of its own, which nothing else runs on: a Process with one carrier.
void betweenProcesses() {
  const std::size_t times = size("PINGPONG_PINNED_N", 100'000);
  auto [there, atThere] = channel<int>(1);
  auto [back, atBack] = channel<int>(1);
  Process first{{.carriers = oneCarrier}};
  Process second{{.carriers = oneCarrier}};
  const Stopwatch watch;
  Ref<Thread> pinging =
      first.root().thread({"ping"}, ping, times, std::move(there), std::move(atBack));
  Ref<Thread> ponging =
      second.root().thread({"pong"}, pong, times, std::move(atThere), std::move(back));
  pinging->join().value();
  ponging->join().value();
  report("pingpong", "roundtrip_2t_pinned", nanosecondsEach(watch, times), "ns");
}

}  // namespace

void runPingPong() {
  inTroop(oneCarrier, [] { report("pingpong", "roundtrip_1t", betweenThreads(), "ns"); });
  inTroop(oneCarrier, [] { report("pingpong", "roundtrip_1t_tasks", betweenTasks(), "ns"); });
  inTroop(oneCarrier,
          [] { report("pingpong", "roundtrip_1t_coroutines", betweenCoroutines(), "ns"); });
  inTroop(twoCarriers, [] { report("pingpong", "roundtrip_2t", betweenThreads(), "ns"); });
  betweenProcesses();
}

}  // namespace troop::peers
