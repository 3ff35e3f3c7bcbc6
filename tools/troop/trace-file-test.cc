#include "tools/troop/trace-file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace troop::command {
namespace {

constexpr std::size_t eventsMin = 64;

std::string fileNamed(const std::string& name) {
  return ::testing::TempDir() + name;
}

nlohmann::json eventsOf(const std::string& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file).at("traceEvents");
}

void runThread(Process& process, int yields) {
  process.root()
      .thread(
          {"worker"},
          [](int times) {
            for (int i = 0; i < times; ++i) sleep(1us);
          },
          yields)
      ->join()
      .value();
}

TEST(TraceFile, hasWhatRanAndSaysThatNothingIsLost) {
  Process process({.carriers = 1});
  const std::string path = fileNamed("whole.json");
  TraceFile trace(process, path);
  runThread(process, 3);
  EXPECT_EQ(trace.finish(), path + " has what the carriers did, for Perfetto, from the start");
  const nlohmann::json events = eventsOf(path);
  EXPECT_TRUE(std::ranges::any_of(events, [](const nlohmann::json& event) {
    return event.at("ph") == "X" && event.at("name") == "worker";
  })) << events;
}

TEST(TraceFile, saysWhatIsLost) {
  Process process({.carriers = 1});
  const std::string path = fileNamed("late.json");
  TraceFile trace(process, path, eventsMin);
  runThread(process, 10 * eventsMin);
  const std::string said = trace.finish();
  EXPECT_TRUE(said.ends_with("only the last 64 events: what came before is lost")) << said;
  EXPECT_FALSE(eventsOf(path).empty());
}

TEST(TraceFile, aFileThatCannotBeWrittenIsToldBeforeAnythingRuns) {
  Process process({.carriers = 1});
  const std::string path = fileNamed("no-such-folder/trace.json");
  try {
    const TraceFile trace(process, path);
    FAIL() << "a file in no folder";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), path + ": the trace cannot be written: No such file or directory");
  }
}

TEST(TraceFile, aFileThatIsFullIsTold) {
  Process process({.carriers = 1});
  TraceFile trace(process, "/dev/full");
  runThread(process, 3);
  EXPECT_THROW(trace.finish(), Error);
}

}  // namespace
}  // namespace troop::command
