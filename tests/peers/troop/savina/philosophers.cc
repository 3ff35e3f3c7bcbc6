// Savina's dining philosophers: a fork is a token in a channel of one place, and everybody takes
// the fork with the lower number first.
#include <algorithm>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

struct Fork {
  Sender<bool> putDown;
  Receiver<bool> pickUp;
};

void dine(std::size_t meals, Fork first, Fork second) {
  for (std::size_t i = 0; i < meals; ++i) {
    first.pickUp.receive().value();
    second.pickUp.receive().value();
    second.putDown.send(true).value();
    first.putDown.send(true).value();
  }
}

}  // namespace

}  // namespace troop::peers

template <>
struct troop::IsSendable<troop::peers::Fork> : std::true_type {};

namespace troop::peers {

void runPhilosophers() {
  inTroop(everyCpu, [] {
    const std::size_t philosophers = size("PHILOSOPHERS_N", 20);
    const std::size_t meals = size("PHILOSOPHERS_MEALS", 10'000);
    require(philosophers > 1, "PHILOSOPHERS_N must be at least 2");
    std::vector<Fork> forks;
    for (std::size_t i = 0; i < philosophers; ++i) {
      auto [putDown, pickUp] = channel<bool>(1);
      putDown.send(true).value();
      forks.push_back({std::move(putDown), std::move(pickUp)});
    }
    const Stopwatch watch;
    {
      Scope scope;
      for (std::size_t i = 0; i < philosophers; ++i) {
        const auto [first, second] = std::minmax(i, (i + 1) % philosophers);
        scope.thread(dine, meals, forks[first], forks[second]);
      }
    }
    const double eaten = static_cast<double>(philosophers * meals);
    report("philosophers", "meal", watch.nanoseconds() / eaten, "ns");
  });
}

}  // namespace troop::peers
