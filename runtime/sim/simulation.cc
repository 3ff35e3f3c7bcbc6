#include "runtime/sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/deadlock/search.h"
#include "runtime/sched/current.h"
#include "runtime/sim/simulated-scheduler.h"
#include "runtime/stack/overflow.h"

namespace troop {

// The Process of a simulated run, which the calling OS thread carries.
class SimulatedProcess {
 public:
  SimulatedProcess(Ref<SimulatedScheduler> scheduler, Process::Options options)
      : clock_(*scheduler), scheduler_(scheduler), process_(std::move(scheduler), options) {
    scheduler_->setProcess(&process_);
    scheduler_->whenNothingIsReady([this] { return breaksDeadlocks(); });
  }

  void run(std::unique_ptr<Body> program, std::uint64_t seed) {
    const Ref<Thread> main = process_.root().start({"main"}, std::move(program));
    while (!main->hasEnded_.isSet()) {
      if (scheduler_->step() || breaksDeadlocks()) continue;
      throw Error(ErrorKind::failed,
                  fmt::format("deadlock (seed {}): nothing is ready and no timer is left{}", seed,
                              scheduler_->describeWaits()),
                  ErrorDetail::deadlock);
    }
    main->rethrowFailure();
  }

 private:
  struct VirtualClock {
    explicit VirtualClock(const Clock& clock) { Clock::useOnThisThread(&clock); }
    ~VirtualClock() { Clock::useOnThisThread(nullptr); }
  };

  // Whether somebody goes on, having been told that it has closed a circle.
  bool breaksDeadlocks() {
    const std::vector<deadlock::Found> found = deadlock::search(process_, deadlock::Then::breakIt);
    return std::ranges::any_of(found, &deadlock::Found::broken);
  }

  const AlternateSignalStack signalStack_;
  const VirtualClock clock_;
  const Ref<SimulatedScheduler> scheduler_;
  Process process_;
};

namespace sim {

void run(Options options, std::function<void()> program) {
  if (current() != nullptr) {
    throw Error(ErrorKind::failed, "a simulation is run by an OS thread, not by a Task");
  }
  SimulatedProcess process(makeRef<SimulatedScheduler>(options.seed), options.process);
  process.run(makeBody(std::move(program)), options.seed);
}

}  // namespace sim
}  // namespace troop
