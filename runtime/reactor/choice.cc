#include "runtime/reactor/choice.h"

#include <cstdlib>
#include <mutex>
#include <string_view>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/reactor/polling-reactor.h"
#include "runtime/reactor/ring-reactor.h"
#include "runtime/sched/scheduler.h"

namespace troop {
namespace {

bool pollingIsAsked(const Process& process) {
  const char* asked = std::getenv("TROOP_IO");
  return process.io() == ProcessOptions::Io::polling ||
         (asked != nullptr && std::string_view(asked) == "polling");
}

Ref<Reactor> made(const Process& process) {
  if (pollingIsAsked(process)) return makeRef<PollingReactor>();
  try {
    return makeRef<RingReactor>();
  } catch (const Error&) {
    // Kernels refuse it that are old, or that somebody has locked up.
    return makeRef<PollingReactor>();
  }
}

// Of all Processes: who comes second finds the first one's, and none is made to be thrown away.
constinit std::mutex making;

}  // namespace

Reactor& reactorOf(Process& process) {
  Scheduler& scheduler = process.root().scheduler();
  // Nothing else is ever slept in.
  if (Outside* there = scheduler.outside()) return static_cast<Reactor&>(*there);
  if (scheduler.draws()) {
    throw Error(ErrorKind::failed, "what is simulated reaches nothing outside of it",
                ErrorDetail::none, Executed::no);
  }
  scheduler.prepare();
  const std::lock_guard lock(making);
  if (Outside* there = scheduler.outside()) return static_cast<Reactor&>(*there);
  return static_cast<Reactor&>(*scheduler.sleepIn(made(process)));
}

}  // namespace troop
