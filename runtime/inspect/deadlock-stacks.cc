#include "runtime/inspect/deadlock-stacks.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "runtime/deadlock/search.h"
#include "runtime/inspect/stack-reader.h"
#include "runtime/inspect/thread-reader.h"
#include "runtime/thread.h"

namespace troop {
namespace inspect {
namespace {

std::string textOf(const TaskCopy& task, StackReader& reader) {
  std::string text;
  for (const std::uintptr_t call : reader.callsOn(task.stack)) {
    if (!text.empty()) text += '\n';
    text += fmt::format("      {}", reader.describe(call, StackReader::Call::returns));
  }
  return text;
}

std::vector<std::string> describe(const std::vector<deadlock::WaitingTask>& waiting) {
  StackReader reader;
  std::vector<std::string> texts;
  for (const deadlock::WaitingTask& each : waiting) {
    std::string& text = texts.emplace_back();
    std::vector<TaskCopy> tasks;
    if (ThreadReader::read(*each.thread, Stacks::all, tasks) == ThreadReader::Seen::nothing) {
      continue;  // another one of its Tasks runs
    }
    for (const TaskCopy& task : tasks) {
      if (task.id == each.task) text = textOf(task, reader);
    }
  }
  return texts;
}

}  // namespace

void tellStacksOfDeadlocks() noexcept {
  deadlock::describeStacksBy(&describe);
}

}  // namespace inspect
}  // namespace troop
