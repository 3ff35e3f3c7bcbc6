// Many sleep for random times below a second; by how much they wake too late, and what that costs.
#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/time.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

std::size_t count() {
  return std::max(size("TIMERS_N", 1'000'000), std::size_t{1});
}

class Durations {
 public:
  Duration next() { return Duration(nanoseconds_(random_)); }

 private:
  std::minstd_rand random_{1};
  std::uniform_int_distribution<Duration::rep> nanoseconds_{0, Duration(1s).count() - 1};
};

// From before the first is started to when the last has ended.
class Run {
 public:
  // `kind` ends the names of the metrics.
  void reportAll(const std::string& kind) {
    const double seconds = watch_.seconds();
    const double cpu = cpuSeconds() - cpuBefore_;
    reportOvershoot(kind, std::move(overshoot));
    report("timers", "cpu" + kind, cpu, "s");
    report("timers", "total" + kind, seconds, "s");
  }

  std::vector<Duration> overshoot{count()};
  Durations durations;

 private:
  const double cpuBefore_ = cpuSeconds();
  const Stopwatch watch_;
};

void nap(Duration duration, Duration* overshoot) {
  const Time start = now();
  sleep(duration);
  *overshoot = now() - start - duration;
}

Async<void> napAsync(Duration duration, Duration* overshoot) {
  const Time start = now();
  co_await async::sleep(duration);
  *overshoot = now() - start - duration;
}

// Who starts the others naps as well, so that the troop's default limit holds all of them.
void napInThreads() {
  Run run;
  {
    Scope scope;
    for (Duration& late : std::span(run.overshoot).subspan(1)) {
      scope.thread({.name = {}, .parked = Parked::sharesStack}, nap, run.durations.next(),
                   assumeSendable(&late));
    }
    nap(run.durations.next(), run.overshoot.data());
  }
  run.reportAll("");
}

void napInCoroutines() {
  Run run;
  {
    Scope scope;
    for (Duration& late : run.overshoot) scope.async(napAsync(run.durations.next(), &late));
  }
  run.reportAll("_coroutines");
}

}  // namespace

void runTimers() {
  inTroop(everyCpu, napInThreads);
  inTroop(everyCpu, napInCoroutines);
}

}  // namespace troop::peers
