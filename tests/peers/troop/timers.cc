// Many sleep for random times below a second; by how much they wake too late, and what that costs.
#include <random>
#include <vector>

#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/time.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

void nap(Duration duration, Duration* overshoot) {
  const Time start = now();
  sleep(duration);
  *overshoot = now() - start - duration;
}

}  // namespace

void runTimers() {
  Process process;
  Ref<Troop> troop = process.troop({.name = "measured"});
  process.run([&troop] {
    const std::size_t count = size("TIMERS_N", 1'000'000);
    std::vector<Duration> overshoot(count);
    std::vector<Ref<Thread>> threads;
    threads.reserve(count);
    std::minstd_rand random(1);
    std::uniform_int_distribution<Duration::rep> nanoseconds(0, Duration(1s).count() - 1);
    const double cpuBefore = cpuSeconds();
    const Stopwatch watch;
    for (Duration& late : overshoot) {
      threads.push_back(
          troop->thread({}, nap, Duration(nanoseconds(random)), assumeSendable(&late)));
    }
    for (const Ref<Thread>& thread : threads) thread->join().value();
    const double seconds = watch.seconds();
    const double cpu = cpuSeconds() - cpuBefore;
    reportOvershoot(std::move(overshoot));
    report("timers", "cpu", cpu, "s");
    report("timers", "total", seconds, "s");
  });
}

}  // namespace troop::peers
