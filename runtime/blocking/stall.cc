#include "runtime/blocking/stall.h"

#include <fmt/format.h>

namespace troop {

std::string Stall::describe() const {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(lasted).count();
  std::string who = troop.empty() ? "something" : fmt::format("troop '{}'", troop);
  if (task > 0) who = fmt::format("Task {} of Thread '{}' of {}", task, thread, who);
  std::string text = fmt::format("{} has held its carrier for {} ms, {}", who, milliseconds,
                                 replaced ? "and a spare stands in" : "without a stand-in");
  if (!stack.empty()) text += '\n' + stack;
  return text;
}

}  // namespace troop
