#include "runtime/sim/driven-process.h"

#include <algorithm>
#include <thread>

#include "runtime/ref.h"
#include "runtime/sched/current.h"
#include "runtime/sched/work-stealing.h"

namespace troop::sim {

class DrivenProcess::Clocks final : public Clock {
 public:
  explicit Clocks(unsigned carriers) : worked_(carriers) {}

  // Of the calling carrier; for others of the one that is ahead.
  Time now() const noexcept override {
    // Not 0, so that a time some way back is not negative.
    constexpr Time begin(1h);
    const Current* here = current();
    return begin + Duration(here != nullptr ? worked_[here->carrier].load() : most());
  }

  Duration advance(Duration work) noexcept {
    return Duration(worked_[current()->carrier] += work.count());
  }
  Duration least() const noexcept {
    Duration::rep least = worked_[0];
    for (const auto& worked : worked_) least = std::min(least, worked.load());
    return Duration(least);
  }

 private:
  Duration::rep most() const noexcept {
    Duration::rep most = 0;
    for (const auto& worked : worked_) most = std::max(most, worked.load());
    return most;
  }

  std::vector<std::atomic<Duration::rep>> worked_;  // by each carrier, nanoseconds
};

DrivenProcess::DrivenProcess(unsigned carriers) : clocks_(std::make_unique<Clocks>(carriers)) {
  Ref<WorkStealing> scheduler = makeRef<WorkStealing>(carriers, *clocks_);
  process_.reset(new Process(scheduler, {.carriers = carriers}));
  scheduler->start(process_.get());
}

DrivenProcess::~DrivenProcess() {
  goOnAlone();
  process_.reset();
}

void DrivenProcess::work(Duration work) noexcept {
  const Duration own = clocks_->advance(work);
  while (inStep_ && own > clocks_->least() + stepMax) std::this_thread::yield();
}

}  // namespace troop::sim
