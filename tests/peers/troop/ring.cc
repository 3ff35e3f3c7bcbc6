// A token goes round a ring of Threads; the time of one hop. Also while what happens is recorded.
#include <optional>
#include <string_view>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "runtime/trace/recording.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

void forward(Receiver<int> from, Sender<int> to) {
  while (std::optional<int> token = from.receive()) to.send(*token + 1).value();
}

void goRound(std::string_view metric) {
  const std::size_t tasks = size("RING_TASKS", 1000);
  const std::size_t laps = size("RING_LAPS", 1000);
  Scope scope;
  // This Thread is the last of the ring. Its handles end before the scope does, which ends the
  // others.
  auto [first, receiver] = channel<int>(1);
  for (std::size_t i = 0; i + 1 < tasks; ++i) {
    auto [next, afterNext] = channel<int>(1);
    scope.thread(forward, std::move(receiver), std::move(next));
    receiver = std::move(afterNext);
  }
  const Stopwatch watch;
  for (std::size_t lap = 0; lap < laps; ++lap) {
    first.send(0).value();
    require(receiver.receive() == static_cast<int>(tasks - 1), "the token came back wrong");
  }
  report("ring", metric, watch.nanoseconds() / static_cast<double>(tasks * laps), "ns");
}

}  // namespace

void runRing() {
  inTroop(everyCpu, [] { goRound("hop"); });
  inTroop(everyCpu, [] {
    const trace::Recording recording(*Process::current());
    goRound("hop_recorded");
  });
}

}  // namespace troop::peers
