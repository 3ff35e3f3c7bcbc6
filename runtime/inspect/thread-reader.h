// Copies what can be said of one Thread while it is at rest: what its Tasks wait for, and their
// stacks.
//
// Threads: any OS thread but one that runs the Thread. Fails: where memory lacks, a Task is told
// without its stack.
#pragma once

#include <coroutine>
#include <vector>

#include "runtime/inspect/inspect.h"
#include "runtime/inspect/stack-copy.h"

namespace [[gnu::visibility("hidden")]] troop {

class StackTenant;
class Task;
class Thread;

namespace inspect {

struct TaskCopy {
  unsigned id = 0;
  TaskReport::State state = TaskReport::State::begins;
  const char* waitsFor = "";
  bool isCoroutine = false;
  StackCopy stack;
  // Where coroutines go on: the one that waits, and the body of the Task.
  std::vector<std::uintptr_t> resumes;
};

class ThreadReader {
 public:
  enum class Seen : unsigned char {
    all,
    withoutStack,  // one of its Tasks lives on a shared stack that somebody else runs on
    nothing,       // it runs
  };

  // What its Tasks do, in `tasks`.
  static Seen read(Thread& thread, Stacks stacks, std::vector<TaskCopy>& tasks);

 private:
  static TaskCopy read(Task& task) noexcept;
  // False: somebody else runs there.
  static bool readStack(const Thread& thread, Task& task, TaskCopy& copy);
};

}  // namespace inspect
}  // namespace troop
