#include "runtime/sim/machine.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/sched/scheduler.h"
#include "runtime/sim/simulated-reactor.h"

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

Machine::Machine(TroopOptions options)
    : reactor_(reactorOfRun()),
      number_(reactor_.addMachine()),
      options_(std::move(options)),
      group_(Ref<Troop>::share(Troop::current())) {
  start();
}

Machine::~Machine() {
  troop_->kill(gone("its machine is no longer needed"));
}

void Machine::start() {
  troop_ = group_->troop(options_);
  reactor_.putOn(number_, *troop_);
}

std::string Machine::ip() const {
  return fmt::format("10.0.{}.{}", number_ >> 8, number_ & 0xff);
}

void Machine::crash() {
  reactor_.crash(number_);
  troop_->kill(gone("its machine has crashed"));
}

void Machine::restart() {
  reactor_.links().switchOn(number_);
  start();
}

void Machine::cut(const Machine& one, const Machine& other) {
  one.reactor_.links().cut(one.number_, other.number_);
}

void Machine::heal(const Machine& one, const Machine& other) {
  one.reactor_.links().heal(one.number_, other.number_);
}

}  // namespace troop::sim
