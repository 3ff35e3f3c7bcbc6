#include "runtime/inspect/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "runtime/units.h"

namespace troop {
namespace inspect {
namespace {

constexpr std::size_t namesMax = 5;  // of those that are told together

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string_view verb(ThreadReport::State state, std::size_t count) {
  using State = ThreadReport::State;
  const bool one = count == 1;
  switch (state) {
    case State::waits:
      return one ? "waits" : "wait";
    case State::ready:
      return one ? "is ready" : "are ready";
    case State::runs:
      return one ? "runs" : "run";
    case State::unseen:
      return one ? "runs, and did not say where" : "run, and did not say where";
  }
  return "";
}

std::string textOf(const TaskReport& task) {
  using State = TaskReport::State;
  std::string text =
      fmt::format("    {} {} ", task.isCoroutine ? "coroutine, Task" : "Task", task.id);
  switch (task.state) {
    case State::begins:
      text += "has not begun";
      break;
    case State::ready:
      text += "is ready";
      break;
    case State::waits:
      text += "waits for " + task.waitsFor;
      break;
    case State::runs:
      text += "runs";
      break;
  }
  text += '\n';
  for (const std::string& call : task.calls) text += fmt::format("      {}\n", call);
  return text;
}

// All but its name: by this they are told together.
std::string tasksOf(const ThreadReport& thread) {
  std::string text;
  for (const TaskReport& task : thread.tasks) text += textOf(task);
  return text;
}

struct Alike {
  const ThreadReport* first;
  std::string tasks;
  std::vector<std::string_view> names;
};

// In the order in which the first of each was listed.
std::vector<Alike> group(const std::vector<ThreadReport>& threads) {
  std::vector<Alike> groups;
  std::map<std::pair<ThreadReport::State, std::string>, std::size_t> known;
  for (const ThreadReport& thread : threads) {
    std::string tasks = tasksOf(thread);
    const auto [at, isNew] = known.try_emplace({thread.state, tasks}, groups.size());
    if (isNew) groups.push_back({.first = &thread, .tasks = std::move(tasks), .names = {}});
    groups[at->second].names.push_back(thread.name);
  }
  return groups;
}

std::string textOf(const Alike& alike) {
  const std::size_t count = alike.names.size();
  std::string names;
  for (std::size_t i = 0; i < std::min(count, namesMax); ++i) {
    names += fmt::format("{}'{}'", i == 0 ? "" : ", ", alike.names[i]);
  }
  if (count > namesMax) names += fmt::format(" and {} more", count - namesMax);
  const ThreadReport::State state = alike.first->state;
  const std::string head =
      count == 1 ? fmt::format("  Thread {} {}", names, verb(state, count))
                 : fmt::format("  {} {}: {}", counted(count, "Thread"), verb(state, count), names);
  return head + '\n' + alike.tasks;
}

std::string textOf(const TroopReport& troop) {
  std::string text = fmt::format("troop '{}'", troop.name);
  if (!troop.groups.empty()) text += fmt::format(" in '{}'", fmt::join(troop.groups, "/"));
  if (troop.killed) text += ", killed";
  text +=
      fmt::format(": {}, {}, CPU {}, memory {} (at most {})", counted(troop.threadsAlive, "Thread"),
                  counted(troop.tasksAlive, "Task"), describe(troop.cpuUsed),
                  describeBytes(troop.memoryBytes), describeBytes(troop.memoryBytesPeak));
  if (troop.active > 0) text += fmt::format(", {} active", troop.active);
  if (troop.handles > 0) text += fmt::format(", {}", counted(troop.handles, "handle"));
  if (troop.guests > 0) text += fmt::format(", {}", counted(troop.guests, "guest"));
  text += '\n';
  for (const Alike& alike : group(troop.threads)) text += textOf(alike);
  if (troop.beginning > 0) text += fmt::format("  {} more begin\n", troop.beginning);
  if (troop.beyondMax > 0) text += fmt::format("  {} more are not shown\n", troop.beyondMax);
  return text;
}

}  // namespace

std::string textOf(const Inspection& inspection) {
  std::string text;
  for (const TroopReport& troop : inspection.troops) text += textOf(troop);
  return text;
}

}  // namespace inspect
}  // namespace troop
