// What the runtime's objects look like, for debuggers: compiled with debug information, however the
// rest is, so that the commands of runtime/inspect/debugger/troop.py work on any program that links
// this. Debug information describes the types that a source names: those that are walked are named
// here.
//
// Costs a program some hundred kilobytes that are never loaded.
#include "runtime/async/coroutine-task.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/scheduler.h"
#include "runtime/stack/fiber.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

struct Named {
  const Current* current;
  const Scheduler* scheduler;
  const Troop* troop;
  const Thread* thread;
  const FiberTask* fiberTask;
  const CoroutineTask* coroutineTask;
  const StackPool* stackPool;
};

// Nobody reads it, nor can.
[[gnu::used]] constinit const Named named{};

}  // namespace
}  // namespace troop
