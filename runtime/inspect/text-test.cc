#include "runtime/inspect/text.h"

#include <gtest/gtest.h>

namespace troop {
namespace inspect {
namespace {

ThreadReport waiting(std::string name) {
  return {.name = std::move(name),
          .state = ThreadReport::State::waits,
          .tasks = {{.id = 0,
                     .state = TaskReport::State::waits,
                     .waitsFor = "a channel to receive",
                     .calls = {"read() at reader.cc:12"}}}};
}

TEST(InspectionText, tellsThreadsTogetherThatDoTheSame) {
  const TroopReport troop{
      .name = "search",
      .groups = {"tenant"},
      .cpuUsed = 12ms,
      .memoryBytes = 1 << 20,
      .memoryBytesPeak = 3 << 20,
      .threadsAlive = 3,
      .tasksAlive = 1,
      .threads = {waiting("a"),
                  {.name = "b", .state = ThreadReport::State::ready, .tasks = {}},
                  waiting("c")}};
  EXPECT_EQ(
      textOf({.troops = {troop}}),
      "troop 'search' in 'tenant': 3 Threads, 1 Task, CPU 12 ms, memory 1 MiB (at most 3 MiB)\n"
      "  2 Threads wait: 'a', 'c'\n"
      "    Task 0 waits for a channel to receive\n"
      "      read() at reader.cc:12\n"
      "  Thread 'b' is ready\n");
}

TEST(InspectionText, namesAFew) {
  TroopReport troop{.name = "search", .groups = {}, .threads = {}};
  for (int i = 0; i < 12; ++i) troop.threads.push_back(waiting(std::to_string(i)));
  EXPECT_NE(textOf({.troops = {troop}}).find("12 Threads wait: '0', '1', '2', '3', '4' and 7 more"),
            std::string::npos);
}

TEST(InspectionText, saysWhatIsNotListed) {
  const TroopReport troop{.name = "search",
                          .groups = {},
                          .killed = true,
                          .active = 3,
                          .handles = 2,
                          .beginning = 4,
                          .beyondMax = 2,
                          .guests = 1,
                          .threads = {}};
  EXPECT_EQ(
      textOf({.troops = {troop}}),
      "troop 'search', killed: 0 Threads, 0 Tasks, CPU 0 ns, memory 0 B (at most 0 B), 3 active, 2 "
      "handles, 1 guest\n"
      "  4 more begin\n"
      "  2 more are not shown\n");
}

TEST(InspectionText, tellsTheStatesOfTasks) {
  using State = TaskReport::State;
  const TroopReport troop{.name = "t",
                          .groups = {},
                          .threads = {{.name = "x",
                                       .state = ThreadReport::State::runs,
                                       .tasks = {{.id = 0, .state = State::runs, .calls = {}},
                                                 {.id = 1, .state = State::ready, .calls = {}},
                                                 {.id = 2, .state = State::begins, .calls = {}},
                                                 {.id = 3,
                                                  .state = State::waits,
                                                  .waitsFor = "time",
                                                  .isCoroutine = true,
                                                  .calls = {}}}}}};
  const std::string text = textOf({.troops = {troop}});
  for (const char* line :
       {"  Thread 'x' runs\n", "    Task 0 runs\n", "    Task 1 is ready\n",
        "    Task 2 has not begun\n", "    coroutine, Task 3 waits for time\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace inspect
}  // namespace troop
