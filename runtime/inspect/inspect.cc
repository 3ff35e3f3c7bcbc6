#include "runtime/inspect/inspect.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/inspect/stack-reader.h"
#include "runtime/inspect/thread-reader.h"
#include "runtime/process.h"
#include "runtime/sched/scheduler.h"
#include "runtime/sched/share.h"
#include "runtime/stack/running-stack.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace inspect {
namespace {

constexpr Duration pause = 200us;   // between two looks at those that run
constexpr Duration answerMax = 1s;  // of an OS thread that is interrupted

struct Seen {
  Ref<Thread> thread;  // null where it is not listed
  std::string name;
  ThreadReader::Seen how = ThreadReader::Seen::nothing;
  std::vector<TaskCopy> tasks;
  bool runs = false;
};

struct SeenTroop {
  Ref<Troop> troop;
  TroopReport report;
  std::vector<Seen> threads;
};

std::vector<std::string> groupsOf(const Troop& troop) {
  std::vector<std::string> groups;
  for (const Troop* group = troop.group(); group != nullptr; group = group->group()) {
    groups.push_back(group->name());
  }
  std::ranges::reverse(groups);
  return groups;
}

SeenTroop listThreads(Ref<Troop> troop, std::size_t threadsMax) {
  SeenTroop seen{.troop = troop,
                 .report = {.name = troop->name(),
                            .groups = groupsOf(*troop),
                            .killed = troop->killed(),
                            .cpuUsed = troop->cpuUsed(),
                            .memoryBytes = troop->memory()->used(),
                            .memoryBytesPeak = troop->memory()->peak(),
                            .threadsAlive = troop->threads(),
                            .tasksAlive = troop->tasks(),
                            .active = troop->active(),
                            .handles = troop->handles(),
                            .threads = {}},
                 .threads = {}};
  std::size_t listed = 0;
  troop->forEach([&](Runnable& runnable) {
    ++listed;
    if (!runnable.isThread()) {
      ++seen.report.guests;
    } else if (seen.threads.size() == threadsMax) {
      ++seen.report.beyondMax;
    } else if (runnable.tryAddRef()) {
      Ref<Thread> thread = Ref<Thread>::adopt(static_cast<Thread*>(&runnable));
      seen.threads.push_back({.thread = thread, .name = thread->name(), .tasks = {}});
    }
  });
  troop->scheduler().collectCredit();
  const std::size_t live = troop->live();
  seen.report.beginning = live > listed ? live - listed : 0;
  return seen;
}

// Whether it has to be looked at again.
bool look(Seen& seen, Stacks stacks) {
  if (seen.how == ThreadReader::Seen::all) return false;
  std::vector<TaskCopy> tasks;
  const ThreadReader::Seen how = ThreadReader::read(*seen.thread, stacks, tasks);
  if (how == ThreadReader::Seen::nothing) return true;
  seen.how = how;
  seen.tasks = std::move(tasks);
  return how != ThreadReader::Seen::all;
}

void lookAtAll(std::vector<SeenTroop>& troops, const Options& options) {
  const auto until = std::chrono::steady_clock::now() + options.patience;
  const Thread* caller = Thread::current();
  for (;;) {
    bool again = false;
    for (SeenTroop& troop : troops) {
      for (Seen& seen : troop.threads) {
        if (look(seen, options.stacks) && seen.thread.get() != caller) again = true;
      }
    }
    if (!again || std::chrono::steady_clock::now() >= until) return;
    // In a coroutine, which cannot wait, this returns at once.
    (void)sleepNoThrow(pause);
  }
}

// Where what `running` tells of belongs: at a Thread that was not seen, or one that is not listed;
// null where it is of no interest.
Seen* placeOf(const RunningIdentity& running, std::vector<SeenTroop>& troops) {
  if (running.thread == nullptr) return nullptr;
  const auto troop = std::ranges::find(troops, running.troop, [](const SeenTroop& each) {
    return static_cast<const void*>(each.troop.get());
  });
  if (troop == troops.end()) return nullptr;
  const auto listed = std::ranges::find(troop->threads, running.thread, [](const Seen& each) {
    return static_cast<const void*>(each.thread.get());
  });
  if (listed != troop->threads.end()) {
    return listed->how == ThreadReader::Seen::nothing ? &*listed : nullptr;
  }
  if (troop->report.beginning == 0) return nullptr;
  --troop->report.beginning;
  return &troop->threads.emplace_back();
}

bool anyUnseen(const std::vector<SeenTroop>& troops) {
  return std::ranges::any_of(troops, [](const SeenTroop& troop) {
    return troop.report.beginning > 0 || std::ranges::any_of(troop.threads, [](const Seen& seen) {
             return seen.how == ThreadReader::Seen::nothing;
           });
  });
}

// Those that run on are interrupted.
void interrupt(std::vector<SeenTroop>& troops, const Process& process) {
  if (!anyUnseen(troops)) return;
  for (RunningStack& running : copyRunning(answerMax)) {
    if (running.identity.owner != &process) continue;
    Seen* const seen = placeOf(running.identity, troops);
    if (seen == nullptr) continue;
    seen->runs = true;
    seen->name = running.identity.name.data();
    seen->tasks = {{.id = running.identity.task,
                    .state = TaskReport::State::runs,
                    .stack = {.registers = running.registers,
                              .from = running.from,
                              .words = std::move(running.words)},
                    .resumes = {}}};
  }
}

TaskReport reportOf(const TaskCopy& task, StackReader& reader) {
  TaskReport report{.id = task.id,
                    .state = task.state,
                    .waitsFor = task.waitsFor,
                    .isCoroutine = task.isCoroutine,
                    .calls = {}};
  bool isInnermost = task.state == TaskReport::State::runs;
  for (const std::uintptr_t call : reader.callsOn(task.stack)) {
    report.calls.push_back(reader.describe(call, std::exchange(isInnermost, false)
                                                     ? StackReader::Call::interrupted
                                                     : StackReader::Call::returns));
  }
  for (const std::uintptr_t resume : task.resumes) {
    report.calls.push_back(reader.describe(resume, StackReader::Call::interrupted));
  }
  return report;
}

ThreadReport reportOf(const Seen& seen, StackReader& reader) {
  using State = ThreadReport::State;
  ThreadReport report{.name = seen.name, .tasks = {}};
  if (seen.thread) {
    report.slices = seen.thread->slices();
    report.migrations = seen.thread->migrations();
  }
  if (seen.runs) {
    report.state = State::runs;
  } else if (seen.how != ThreadReader::Seen::nothing) {
    const bool allWait = std::ranges::all_of(
        seen.tasks, [](const TaskCopy& task) { return task.state == TaskReport::State::waits; });
    report.state = allWait ? State::waits : State::ready;
  }
  for (const TaskCopy& task : seen.tasks) report.tasks.push_back(reportOf(task, reader));
  return report;
}

}  // namespace

Inspection inspect(Process& process, Options options) {
  std::vector<SeenTroop> troops;
  for (const Ref<Share>& share : process.root().scheduler().shares()) {
    troops.push_back(
        listThreads(Ref<Troop>::share(static_cast<Troop*>(share.get())), options.threadsMax));
  }
  lookAtAll(troops, options);
  if (options.stacks == Stacks::all) interrupt(troops, process);

  StackReader reader;
  Inspection inspection;
  for (SeenTroop& troop : troops) {
    for (const Seen& seen : troop.threads) {
      troop.report.threads.push_back(reportOf(seen, reader));
    }
    inspection.troops.push_back(std::move(troop.report));
  }
  return inspection;
}

}  // namespace inspect
}  // namespace troop
