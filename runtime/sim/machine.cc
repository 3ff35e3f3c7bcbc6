#include "runtime/sim/machine.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/sched/scheduler.h"
#include "runtime/sim/simulated-reactor.h"
#include "runtime/sim/simulated-scheduler.h"

namespace troop::sim {
namespace {

SimulatedReactor& reactorOfRun() {
  Process* const process = Process::current();
  Scheduler* const scheduler = process != nullptr ? &process->root().scheduler() : nullptr;
  if (scheduler == nullptr || !scheduler->draws() || scheduler->outside() == nullptr) {
    throw Error(ErrorKind::failed, "a machine is one of a simulated run, by one of its Tasks",
                ErrorDetail::none, Executed::no);
  }
  return static_cast<SimulatedReactor&>(*scheduler->outside());
}

Error gone(const char* what) {
  return Error(ErrorKind::disconnected, what, ErrorDetail::killed);
}

}  // namespace

Machine::Machine(TroopOptions options) : Machine(Start{}, std::move(options), nullptr) {}

Machine::Machine(Start, TroopOptions options, std::function<void(Troop&)> program)
    : reactor_(reactorOfRun()),
      number_(reactor_.addMachine()),
      options_(std::move(options)),
      program_(std::move(program)),
      group_(Ref<Troop>::share(Troop::current())) {
  start();
  reactor_.whenToCrash(number_, [this] { crashByChoice(); });
}

Machine::~Machine() {
  reactor_.whenToCrash(number_, nullptr);
  reactor_.links().scheduler().timers().cancel(comesBack_);
  troop_->kill(gone("its machine is no longer needed"));
}

void Machine::start() {
  troop_ = group_->troop(options_);
  reactor_.putOn(number_, *troop_);
  reactor_.links().switchOn(number_);
  isOn_ = true;
  ++starts_;
  try {
    if (program_) program_(*troop_);
  } catch (...) {
    crash();
    throw;
  }
}

std::string Machine::ip() const {
  return fmt::format("10.0.{}.{}", number_ >> 8, number_ & 0xff);
}

void Machine::crash() {
  if (!std::exchange(isOn_, false)) return;
  reactor_.crash(number_);
  troop_->kill(gone("its machine has crashed"));
}

void Machine::crashByChoice() {
  if (!isOn_) return;
  crash();
  if (!program_) return;
  SimulatedScheduler& scheduler = reactor_.links().scheduler();
  scheduler.timers().cancel(comesBack_);
  comesBack_ = scheduler.timers().call(scheduler.now() + reactor_.disk().offFor, [this] {
    try {
      if (!isOn_) start();
    } catch (const Error&) {
      // What it is in was killed, or is full: it stays off.
    }
  });
}

void Machine::restart() {
  troop_->kill(gone("its machine is started again"));
  start();
}

void Machine::cut(const Machine& one, const Machine& other) {
  one.reactor_.links().cut(one.number_, other.number_);
}

void Machine::heal(const Machine& one, const Machine& other) {
  one.reactor_.links().heal(one.number_, other.number_);
}

}  // namespace troop::sim
