#include "runtime/inspect/thread-reader.h"

#include <gtest/gtest.h>

#include <string_view>

#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace inspect {
namespace {

using State = TaskReport::State;

TROOP_TEST(ThreadReader, seesNothingOfAThreadThatRuns) {
  std::vector<TaskCopy> tasks;
  EXPECT_EQ(ThreadReader::read(*Thread::current(), Stacks::all, tasks),
            ThreadReader::Seen::nothing);
}

TROOP_TEST(ThreadReader, seesNothingOfOneThatHasEnded) {
  const Ref<Thread> thread = Process::current()->root().thread({.name = "ended"}, [] {});
  EXPECT_TRUE(thread->join());
  std::vector<TaskCopy> tasks;
  EXPECT_EQ(ThreadReader::read(*thread, Stacks::all, tasks), ThreadReader::Seen::nothing);
}

TROOP_TEST(ThreadReader, seesAllTasksOfOneThatWaits) {
  Event gate;
  const Ref<Thread> thread = Process::current()->root().thread(
      {.name = "two"},
      [](Event* at) {
        Scope scope;
        scope.task([at] { at->wait(); });
        scope.join();
      },
      assumeSendable(&gate));
  std::vector<TaskCopy> tasks;
  const auto waits = [](const TaskCopy& task) { return task.state == State::waits; };
  while (ThreadReader::read(*thread, Stacks::none, tasks) != ThreadReader::Seen::all ||
         tasks.size() != 2 || !waits(tasks[0]) || !waits(tasks[1])) {
    sleep(10us);
  }
  EXPECT_TRUE(tasks[0].stack.words.empty());
  EXPECT_EQ(ThreadReader::read(*thread, Stacks::all, tasks), ThreadReader::Seen::all);
  EXPECT_EQ(std::string_view(tasks[1].waitsFor), "an event");
  for (const TaskCopy& task : tasks) EXPECT_FALSE(task.stack.words.empty());
  gate.set();
  EXPECT_TRUE(thread->join());
}

}  // namespace
}  // namespace inspect
}  // namespace troop
