#include "runtime/inspect/thread-reader.h"

#include <new>

#include "runtime/async/coroutine-task.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/shared-stack.h"
#include "runtime/thread.h"

namespace troop {
namespace inspect {
namespace {

// How a frame of a coroutine begins, with all compilers: | resume | destroy | promise ...
std::uintptr_t resumeOf(std::coroutine_handle<> coroutine) noexcept {
  return *static_cast<const std::uintptr_t*>(coroutine.address());
}

}  // namespace

ThreadReader::Seen ThreadReader::read(Thread& thread, Stacks stacks, std::vector<TaskCopy>& tasks) {
  bool isWhole = true;
  const bool isAtRest = thread.whileItRests([&] {
    tasks.clear();
    try {
      for (Task* task = thread.tasks_.front(); task != nullptr; task = thread.tasks_.after(*task)) {
        TaskCopy& copy = tasks.emplace_back(read(*task));
        if (stacks == Stacks::none || copy.state == TaskReport::State::begins) continue;
        if (!readStack(thread, *task, copy)) isWhole = false;
      }
    } catch (const std::bad_alloc&) {
      return;  // what there is memory for is told
    }
  });
  if (!isAtRest) return Seen::nothing;
  return isWhole ? Seen::all : Seen::withoutStack;
}

TaskCopy ThreadReader::read(Task& task) noexcept {
  using State = TaskReport::State;
  TaskCopy copy{.id = task.id()};
  const Fiber* fiber = task.fiber();
  copy.isCoroutine = fiber == nullptr;
  if (task.waits() && !task.isWoken()) {
    copy.state = State::waits;
    copy.waitsFor = task.what();
  } else if (copy.isCoroutine ? static_cast<CoroutineTask&>(task).leaf() != nullptr
                              : fiber->started()) {
    copy.state = State::ready;
  }
  return copy;
}

bool ThreadReader::readStack(const Thread& thread, Task& task, TaskCopy& copy) {
  if (copy.isCoroutine) {
    const auto& coroutine = static_cast<const CoroutineTask&>(task);
    if (coroutine.root() == nullptr) return true;
    copy.resumes.push_back(resumeOf(coroutine.leaf()));
    if (coroutine.root() != coroutine.leaf()) copy.resumes.push_back(resumeOf(coroutine.root()));
    return true;
  }
  const Fiber& fiber = *task.fiber();
  if (thread.tenant_ != nullptr && thread.tenant_->isOf(&fiber)) {
    return thread.tenant_->whileNobodyEnters([&] {
      try {
        copy.stack = copyOf(fiber);
      } catch (const std::bad_alloc&) {
        copy.stack = {};  // it is told without
      }
    });
  }
  copy.stack = copyOf(fiber);
  return true;
}

}  // namespace inspect
}  // namespace troop
