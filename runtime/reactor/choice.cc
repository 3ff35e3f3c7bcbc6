#include "runtime/reactor/choice.h"

#include "runtime/error.h"
#include "runtime/reactor/polling-reactor.h"
#include "runtime/sched/scheduler.h"

namespace troop {

Reactor& reactorOf(Scheduler& scheduler) {
  // Nothing else is ever slept in.
  if (Outside* there = scheduler.outside()) return static_cast<Reactor&>(*there);
  if (scheduler.draws()) {
    throw Error(ErrorKind::failed, "what is simulated reaches nothing outside of it",
                ErrorDetail::none, Executed::no);
  }
  scheduler.prepare();
  return static_cast<Reactor&>(*scheduler.sleepIn(makeRef<PollingReactor>()));
}

}  // namespace troop
