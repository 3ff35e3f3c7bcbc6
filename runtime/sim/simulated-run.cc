#include "runtime/sim/simulated-run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/sanitizers.h"
#include "runtime/deadlock/search.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sim/disk/outside-files.h"
#include "runtime/sim/simulated-reactor.h"
#include "runtime/sim/simulated-scheduler.h"
#include "runtime/stack/overflow.h"

#ifdef TROOP_ADDRESS_SANITIZER
#include <sanitizer/lsan_interface.h>
#endif

namespace troop {

// The Process of a simulated run, which the calling OS thread carries.
class SimulatedProcess {
 public:
  SimulatedProcess(const sim::Choosing& choosing, const Process::Options& options)
      : choosing_(choosing),
        scheduler_(makeRef<SimulatedScheduler>(choosing.choices, choosing.recorder)),
        clock_(*scheduler_),
        process_(new Process(scheduler_, options)) {
    if (choosing.recorder != nullptr) openBefore_.emplace();
    scheduler_->setProcess(process_.get());
    scheduler_->sleepIn(makeRef<SimulatedReactor>(*scheduler_, choosing.network, choosing.disk));
  }
  ~SimulatedProcess() {
    if (!unwind()) abandon();
  }
  SimulatedProcess(const SimulatedProcess&) = delete;
  SimulatedProcess& operator=(const SimulatedProcess&) = delete;

  sim::Ran run(std::unique_ptr<Body> program) {
    const Ref<Thread> main = process_->root().start({"main"}, std::move(program));
    while (!main->hasEnded_.isSet()) {
      const bool goesOn = scheduler_->step();
      throwIfNotSimulated();
      if (!goesOn && !breaksDeadlocks()) throwDeadlock("nothing is ready and no timer is left");
    }
    if (choosing_.recorder != nullptr) choosing_.recorder->finish();
    throwIfNotSimulated();
    main->rethrowFailure();
    const sim::Ran ran{.choices = scheduler_->choicesMade(), .hash = scheduler_->hash()};
    if (!unwind()) throwDeadlock("the program has ended, and some wait for ever");
    return ran;
  }

 private:
  struct VirtualClock {
    explicit VirtualClock(const Clock& clock) { Clock::useOnThisThread(&clock); }
    ~VirtualClock() { Clock::useOnThisThread(nullptr); }
  };

  // Whether somebody goes on, having been told that it has closed a circle.
  bool breaksDeadlocks() {
    const std::vector<deadlock::Found> found = deadlock::search(*process_, deadlock::Then::breakIt);
    return std::ranges::any_of(found, &deadlock::Found::broken);
  }

  // Ends what is left; false where something does not end. None of it is recorded.
  bool unwind() {
    scheduler_->stopNoting();
    for (const Ref<Share>& share : scheduler_->shares()) {
      static_cast<Troop&>(*share).kill(
          Error(ErrorKind::disconnected, "the simulated run has ended", ErrorDetail::killed));
    }
    while (scheduler_->anyLive()) {
      if (!scheduler_->step() && !breaksDeadlocks()) return false;
    }
    return true;
  }

  // Tasks that wait for each other, as nothing can interrupt, stay for ever, and so does what they
  // use: it is kept, and what only their stacks refer to is no leak.
  void abandon() {
    static auto& abandoned = *new std::vector<std::unique_ptr<Process>>();
#ifdef TROOP_ADDRESS_SANITIZER
    for (const Ref<Share>& share : scheduler_->shares()) {
      share->forEach([](Runnable& runnable) {
        const auto* thread = dynamic_cast<const Thread*>(&runnable);
        if (thread == nullptr) return;
        for (Task* task = thread->tasks_.front(); task; task = thread->tasks_.after(*task)) {
          const Stack* stack = task->stack();
          if (stack != nullptr && *stack) {
            __lsan_register_root_region(stack->bottom(), stack->bytes());
          }
        }
      });
    }
#endif
    abandoned.push_back(std::move(process_));
  }

  // Where what happens is not decided by the choices alone.
  void throwIfNotSimulated() {
    if (const std::string& stranger = scheduler_->stranger(); !stranger.empty()) {
      throw Error(ErrorKind::failed,
                  fmt::format("not simulated ({}): {} was woken by another OS thread than the one "
                              "that simulates; nothing says when that happens",
                              choosing_.source, stranger));
    }
    if (choosing_.recorder == nullptr) return;
    if (const std::string path = openBefore_->opened(); !path.empty()) {
      throw Error(ErrorKind::failed,
                  fmt::format("not simulated ({}): {} was opened, which is on no simulated disk; "
                              "the next run finds there what this one leaves",
                              choosing_.source, path));
    }
    if (choosing_.recorder->difference().empty()) return;
    throw Error(
        ErrorKind::failed,
        fmt::format("not simulated ({}): the same choices made another run. At {}. Something "
                    "else than the choices decided: a clock, a random number, an address, "
                    "what an earlier run has left",
                    choosing_.source, choosing_.recorder->difference()));
  }

  [[noreturn]] void throwDeadlock(const char* what) {
    throw Error(
        ErrorKind::failed,
        fmt::format("deadlock ({}): {}{}", choosing_.source, what, scheduler_->describeWaits()),
        ErrorDetail::deadlock);
  }

  const sim::Choosing& choosing_;
  const AlternateSignalStack signalStack_;
  const Ref<SimulatedScheduler> scheduler_;
  const VirtualClock clock_;
  std::unique_ptr<Process> process_;
  std::optional<sim::OutsideFiles> openBefore_;  // where what it does is recorded
};

namespace sim {

Ran runChoosing(const Choosing& choosing, const Process::Options& options,
                std::function<void()> program) {
  if (current() != nullptr) {
    throw Error(ErrorKind::failed, "a simulation is run by an OS thread, not by a Task");
  }
  if (choosing.network.roomBytes == 0 || choosing.disk.sectorBytes == 0) {
    throw Error(ErrorKind::failed, choosing.disk.sectorBytes == 0
                                       ? "sectors of a simulated disk have a byte at least"
                                       : "a simulated network has room for a byte at least");
  }
  SimulatedProcess process(choosing, options);
  return process.run(makeBody(std::move(program)));
}

}  // namespace sim
}  // namespace troop
