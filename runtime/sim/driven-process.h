// A Process with real carriers, whose time is the work that its Tasks say they do: what is asserted
// counts work and not time, however fast and however evenly the machine runs the carriers.
//
// Each carrier has a clock of its own, which work() moves on. A carrier that has done more than
// stepMax of work more than another one waits for it, so that the carriers keep in step.
//
// Ownership: as a Process. Threads: work() by Tasks. Limits: no timers, deadlines and sleeps: a
// Task that goes on elsewhere reads another clock. Misuse: with fewer Threads that are always ready
// than carriers, who waits for the others waits for ever; keepStep(false) ends that.
//
//   DrivenProcess process(2);
//   troop->thread({"busy"}, [](DrivenProcess* driven) { for (;;) driven->work(100us), yield(); },
//                 assumeSendable(&process));
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "runtime/process.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class DrivenProcess {
 public:
  static constexpr Duration stepMax = 200us;

  explicit DrivenProcess(unsigned carriers);
  ~DrivenProcess();
  DrivenProcess(const DrivenProcess&) = delete;
  DrivenProcess& operator=(const DrivenProcess&) = delete;

  Process& operator*() noexcept { return *process_; }
  Process* operator->() noexcept { return process_.get(); }

  // The calling Task has done so much.
  void work(Duration work) noexcept;

  // From now on nobody waits for anybody.
  void goOnAlone() noexcept { inStep_.store(false); }

 private:
  class Clocks;

  const std::unique_ptr<Clocks> clocks_;
  std::atomic<bool> inStep_{true};
  std::unique_ptr<Process> process_;
};

}  // namespace sim
}  // namespace troop
