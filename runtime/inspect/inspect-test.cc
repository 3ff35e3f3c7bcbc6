#include "runtime/inspect/inspect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string_view>

#include "runtime/async/async.h"
#include "runtime/async/scope.h"
#include "runtime/async/wait.h"
#include "runtime/base/sanitizers.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/inspect/text.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/testing/await.h"

namespace troop {
namespace inspect {

// With names that are looked for.
[[gnu::noinline]] void waitsForTheGate(Event& gate) {
  gate.wait();
  asm volatile("" ::: "memory");  // or the call is a jump
}

[[gnu::noinline]] Async<void> coroutineAtTheGate(Event& gate) {
  co_await gate;
}

[[gnu::noinline]] void computesForEver(std::atomic<int>& begun, const std::atomic<bool>& ends) {
  begun.fetch_add(1);
  begun.notify_all();
  // Calls, so that ThreadSanitizer has handlers of signals called.
  while (!ends.load()) sched_yield();
}

namespace {

constexpr bool knowsStacks =
#ifdef __x86_64__
    true;
#else
    false;
#endif

const TroopReport& troopNamed(const Inspection& inspection, std::string_view name) {
  const auto found = std::ranges::find(inspection.troops, name, &TroopReport::name);
  EXPECT_NE(found, inspection.troops.end()) << textOf(inspection);
  return *found;
}

const ThreadReport& threadNamed(const TroopReport& troop, std::string_view name) {
  const auto found = std::ranges::find(troop.threads, name, &ThreadReport::name);
  EXPECT_NE(found, troop.threads.end()) << textOf({.troops = {troop}});
  return *found;
}

bool hasCall(const TaskReport& task, std::string_view name) {
  return std::ranges::any_of(
      task.calls, [&](const std::string& call) { return call.find(name) != std::string::npos; });
}

// Until all of them wait: what they do then is what is looked at.
void awaitWaiting(std::size_t threads, Troop& troop) {
  for (;;) {
    std::size_t waiting = 0;
    for (const TroopReport& each : inspect(troop.process(), {.stacks = Stacks::none}).troops) {
      for (const ThreadReport& thread : each.threads) {
        if (each.name == troop.name() && thread.state == ThreadReport::State::waits) ++waiting;
      }
    }
    if (waiting == threads) return;
    sleep(100us);
  }
}

void opensLater(Parked parked) {
  Event gate;
  const Ref<Troop> troop = Process::current()->troop({.name = "guest"});
  const Ref<Thread> thread = troop->thread(
      {.name = "waits", .parked = parked}, [](Event* at) { waitsForTheGate(*at); },
      assumeSendable(&gate));
  awaitWaiting(1, *troop);
  const Inspection inspection = inspect(troop->process());
  const ThreadReport& report = threadNamed(troopNamed(inspection, "guest"), "waits");
  ASSERT_EQ(report.tasks.size(), 1U);
  EXPECT_EQ(report.tasks[0].state, TaskReport::State::waits);
  EXPECT_EQ(report.tasks[0].waitsFor, "an event");
  if (knowsStacks) {
    EXPECT_TRUE(hasCall(report.tasks[0], "troop::inspect::waitsForTheGate(troop::Event&)"))
        << textOf(inspection);
  }
  gate.set();
  EXPECT_TRUE(thread->join());
}

TROOP_TEST(Inspect, tellsWhatAThreadWaitsForAndWhere) {
  opensLater(Parked::keepsStacks);
}

TROOP_TEST(Inspect, tellsThatOfOneThatSharesItsStack) {
  opensLater(Parked::sharesStack);
}

TEST(Inspect, tellsThatOfOneThatIsCompacted) {
  Event gate;
  Process process({.carriers = 2, .compactAfter = 1ms});
  const Ref<Troop> troop = process.troop({.name = "guest"});
  const Ref<Thread> thread = troop->thread(
      {.name = "waits", .parked = Parked::compacted}, [](Event* at) { waitsForTheGate(*at); },
      assumeSendable(&gate));
  while (process.compactedThreads() == 0) sleep(1ms);
  const Inspection inspection = inspect(process);
  EXPECT_EQ(process.compactedThreads(), 1U);
  const ThreadReport& report = threadNamed(troopNamed(inspection, "guest"), "waits");
  ASSERT_EQ(report.tasks.size(), 1U);
  if (knowsStacks) {
    EXPECT_TRUE(hasCall(report.tasks[0], "waitsForTheGate")) << textOf(inspection);
  }
  gate.set();
  EXPECT_TRUE(thread->join());
}

TROOP_TEST(Inspect, tellsOfManyTasks) {
  Event gate;
  const Ref<Troop> troop = Process::current()->troop({.name = "guest"});
  const Ref<Thread> thread = troop->thread(
      {.name = "many"},
      [](Event* at) {
        Scope scope;
        scope.task([at] { waitsForTheGate(*at); });
        scope.async(coroutineAtTheGate(*at));
        scope.join();
      },
      assumeSendable(&gate));
  awaitWaiting(1, *troop);
  const Inspection inspection = inspect(troop->process());
  const ThreadReport& report = threadNamed(troopNamed(inspection, "guest"), "many");
  ASSERT_EQ(report.tasks.size(), 3U) << textOf(inspection);
  const auto coroutine = std::ranges::find(report.tasks, true, &TaskReport::isCoroutine);
  ASSERT_NE(coroutine, report.tasks.end());
  EXPECT_TRUE(hasCall(*coroutine, "coroutineAtTheGate")) << textOf(inspection);
  EXPECT_TRUE(std::ranges::any_of(report.tasks, [](const TaskReport& task) {
    return hasCall(task, "waitsForTheGate") || !knowsStacks;
  })) << textOf(inspection);
  gate.set();
  EXPECT_TRUE(thread->join());
}

// Threads are listed once their first slice has ended.
void interruptsWhoRunsOn(Duration sleepsBefore) {
  if (underThreadSanitizer) GTEST_SKIP() << "signals are put off there";
  std::atomic<int> begun{0};
  std::atomic<bool> ends{false};
  Process process({.carriers = 2});
  const Ref<Troop> troop = process.troop({.name = "guest"});
  const Ref<Thread> thread = troop->thread(
      {.name = "busy"},
      [](std::atomic<int>* its, std::atomic<bool>* theirs, Duration before) {
        if (before > Duration::zero()) sleep(before);
        computesForEver(*its, *theirs);
      },
      assumeSendable(&begun), assumeSendable(&ends), sleepsBefore);
  tests::awaitAtLeast(begun, 1);
  // An OS thread that the machine does not let run answers too late.
  Inspection inspection;
  do {
    inspection = inspect(process);
  } while (troopNamed(inspection, "guest").threads.empty() ||
           threadNamed(troopNamed(inspection, "guest"), "busy").state != ThreadReport::State::runs);
  ends.store(true);
  EXPECT_EQ(troopNamed(inspection, "guest").beginning, 0U);
  const ThreadReport& report = threadNamed(troopNamed(inspection, "guest"), "busy");
  EXPECT_EQ(report.state, ThreadReport::State::runs);
  ASSERT_EQ(report.tasks.size(), 1U);
  EXPECT_EQ(report.tasks[0].state, TaskReport::State::runs);
  if (knowsStacks) {
    EXPECT_TRUE(hasCall(report.tasks[0], "computesForEver")) << textOf(inspection);
  }
  EXPECT_TRUE(thread->join());
}

TEST(Inspect, interruptsWhoRunsOnInItsFirstSlice) {
  interruptsWhoRunsOn(Duration::zero());
}

TEST(Inspect, interruptsWhoRunsOnAfterAWait) {
  interruptsWhoRunsOn(1ms);
}

TEST(Inspect, countsWhatItDoesNotList) {
  Event gate;
  Process process({.carriers = 1});
  const Ref<Troop> troop = process.troop({.name = "guest"});
  for (int i = 0; i < 5; ++i) {
    troop->thread({.name = "waits"}, [](Event* at) { at->wait(); }, assumeSendable(&gate));
  }
  awaitWaiting(5, *troop);
  const Inspection inspection = inspect(process, {.threadsMax = 3});
  const TroopReport& report = troopNamed(inspection, "guest");
  EXPECT_EQ(report.threads.size(), 3U);
  EXPECT_EQ(report.beyondMax, 2U);
  EXPECT_EQ(report.threadsAlive, 5U);
  EXPECT_GT(report.memoryBytes, 0U);
  gate.set();
}

TEST(Inspect, tellsOfTroopsInTroops) {
  Process process({.carriers = 1});
  const Ref<Troop> tenant = process.troop({.name = "tenant"});
  const Ref<Troop> inner = tenant->troop({.name = "inner"});
  const Ref<Thread> service = inner->serviceThread("service");
  inner->kill(Error(ErrorKind::failed, "by the test", ErrorDetail::killed));
  const Inspection inspection = inspect(process);
  EXPECT_EQ(troopNamed(inspection, "inner").groups, std::vector<std::string>{"tenant"});
  EXPECT_TRUE(troopNamed(inspection, "inner").killed);
  EXPECT_FALSE(troopNamed(inspection, "tenant").killed);
}

// While it is looked at, everything is as it was: a message is answered, nobody is lost.
TEST(Inspect, disturbsNobody) {
  constexpr int rounds = 2000;
  Process process({.carriers = 2, .compactAfter = 1ms});
  std::atomic<bool> ends{false};
  std::atomic<int> inspections{0};
  const Ref<Troop> troop = process.troop({.name = "guest"});
  std::vector<Ref<Thread>> threads;
  for (const Parked parked : {Parked::keepsStacks, Parked::compacted, Parked::sharesStack}) {
    auto [pings, pinged] = channel<int>(1);
    auto [pongs, ponged] = channel<int>(1);
    threads.push_back(troop->thread(
        {.name = "ping", .parked = parked},
        [](Sender<int> out, Receiver<int> in) {
          for (int i = 0; i < rounds; ++i) {
            EXPECT_TRUE(out.send(i));
            EXPECT_EQ(in.receive(), i);
            if (i % 500 == 0) sleep(3ms);
          }
        },
        std::move(pings), std::move(ponged)));
    threads.push_back(troop->thread(
        {.name = "pong", .parked = parked},
        [](Receiver<int> in, Sender<int> out) {
          while (std::optional<int> value = in.receive()) {
            if (!out.send(*value)) return;
          }
        },
        std::move(pinged), std::move(pongs)));
  }
  std::thread looks([&] {
    while (!ends.load()) {
      inspect(process, {.patience = 1ms});
      inspections.fetch_add(1);
    }
  });
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  ends.store(true);
  looks.join();
  EXPECT_GT(inspections.load(), 0);
}

}  // namespace
}  // namespace inspect
}  // namespace troop
