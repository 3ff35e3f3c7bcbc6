// The programs of docs/guide/debugging.md: what the guide shows is what is built and run here, by
// itself and under the debugger, and they print what the guide says.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/shown-program.h"
#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

const std::string guide = "docs/guide/debugging.md";
const std::string race = "docs/examples/debugging/race";
const std::string deadlock = "docs/examples/debugging/deadlock";
const std::string lost = "docs/examples/debugging/lost";
const std::string stall = "docs/examples/debugging/stall";

// The guide shows the line of `report` that has `part` in it.
void expectToldAndShown(const std::string& report, const std::string& part) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) == std::string::npos) continue;
    line.erase(0, line.find_first_not_of(' '));
    EXPECT_NE(textOf(guide).find(" " + line + "\n"), std::string::npos)
        << "the guide does not show " << line;
    return;
  }
  ADD_FAILURE() << part << " is not in\n" << report;
}

const std::vector<std::string> gdb{"gdb", "-batch", "-nx", "-ex", "set debuginfod enabled off"};

std::vector<std::string> debuggerWith(const std::vector<std::string>& commands,
                                      const std::string& program) {
  std::vector<std::string> arguments{"/usr/bin/env"};
  arguments.insert(arguments.end(), gdb.begin(), gdb.end());
  for (const std::string& command : commands) {
    arguments.insert(arguments.end(), {"-ex", command});
  }
  arguments.push_back(program);
  return arguments;
}

// The line that repeats what `output` tells, without the program: variables of the environment.
std::vector<std::string> replayOf(const std::string& output) {
  std::vector<std::string> variables;
  std::istringstream words(output.substr(output.find("TROOP_SEED=")));
  for (std::string word; words >> word && word != "race";) variables.push_back(word);
  return variables;
}

Finished runWith(const std::vector<std::string>& variables, std::vector<std::string> command) {
  std::vector<std::string> arguments{"/usr/bin/env"};
  arguments.insert(arguments.end(), variables.begin(), variables.end());
  arguments.insert(arguments.end(), command.begin(), command.end());
  return Subprocess(std::move(arguments)).wait();
}

TEST(DebuggingGuide, thoseThatWaitForEachOtherAreToldWithTheirStacks) {
  const Finished told = Subprocess({deadlock}).wait();
  EXPECT_EQ(told.exitCode, 1) << told.errors;
  expectShown(guide, deadlock + ".cc", told.output);
  expectToldAndShown(told.errors, "deadlock: 2 wait for each other");
  expectToldAndShown(told.errors, "::cook(");
  for (const char* cook : {"Thread 'cook one' of", "Thread 'cook two' of"}) {
    EXPECT_NE(told.errors.find(cook), std::string::npos) << told.errors;
  }
}

TEST(DebuggingGuide, aSignalTellsWhoWaitsForAMessageThatIsLost) {
  Subprocess hangs({lost});
  ASSERT_TRUE(hangs.waitForErrors("the soup is ordered\n"));
  hangs.signal(SIGQUIT);
  for (const char* name : {"'cook'", "'barkeeper'", "'waiter'", "'main'"}) {
    ASSERT_TRUE(hangs.waitForErrors(std::string("Thread ") + name)) << name;
  }
  // It goes on, and tells once more.
  hangs.signal(SIGQUIT);
  hangs.signal(SIGTERM);
  const Finished told = hangs.wait();
  EXPECT_EQ(told.exitCode, 128 + SIGTERM);
  EXPECT_NE(textOf(guide).find("```cpp\n" + textOf(lost + ".cc") + "```\n"), std::string::npos);
  expectToldAndShown(told.errors, "waits for a value in a channel");
  for (const char* function : {"::cook(", "::barkeeper(", "::waiter("}) {
    expectToldAndShown(told.errors, function);
  }
}

TEST(DebuggingGuide, theDebuggerTellsTheSame) {
  Subprocess debugger(debuggerWith(
      {"source runtime/inspect/debugger/troop.py", "run", "troop threads", "troop backtrace all"},
      lost));
  ASSERT_TRUE(debugger.waitForErrors("the soup is ordered\n"));
  debugger.signal(SIGINT);
  const Finished told = debugger.wait();
  for (const char* name : {"Thread 'cook' ", "Thread 'barkeeper' ", "Thread 'waiter' "}) {
    EXPECT_NE(told.output.find(name), std::string::npos) << told.output << told.errors;
  }
  for (const char* function : {"::cook(", "::barkeeper(", "::waiter("}) {
    EXPECT_NE(told.output.find(function), std::string::npos) << told.output << told.errors;
  }
}

TEST(DebuggingGuide, whoHoldsACarrierUpIsToldAndInTheTrace) {
  const std::string trace = ::testing::TempDir() + "stall.json";
  const Finished told = Subprocess({stall, trace}).wait();
  EXPECT_EQ(told.exitCode, 0) << told.errors;
  expectShown(guide, stall + ".cc", told.output);
  expectToldAndShown(told.errors, "::searchTheArchive(");
  expectToldAndShown(told.errors, "::clerk(");
  const auto events = nlohmann::json::parse(textOf(trace)).at("traceEvents");
  constexpr double tenthMicros = 100'000;
  EXPECT_TRUE(std::ranges::any_of(events, [&](const nlohmann::json& event) {
    return event.at("ph") == "X" && event.at("name") == "clerk" && event.at("dur") >= tenthMicros;
  })) << events;

  const Finished cured = Subprocess({stall, trace, "says-so"}).wait();
  EXPECT_EQ(cured.exitCode, 0) << cured.errors;
  EXPECT_EQ(cured.output.find("clerk"), std::string::npos) << cured.output;
}

TEST(DebuggingGuide, aRaceIsFoundAndItsLineRepeatsIt) {
  const Finished found = Subprocess({race}).wait();
  EXPECT_EQ(found.exitCode, 1) << found.errors;
  expectShown(guide, race + ".cc", found.output);

  const Finished again = runWith(replayOf(found.output), {race});
  EXPECT_EQ(again.exitCode, 1) << again.errors;
  EXPECT_EQ(again.output, found.output);
}

TEST(DebuggingGuide, theLineRepeatsItUnderTheDebugger) {
  const Finished found = Subprocess({race}).wait();
  const std::vector<std::string> variables = replayOf(found.output);
  const Finished debugged =
      runWith(variables, debuggerWith({"catch throw", "run", "backtrace", "continue"}, race));
  const std::size_t stopped = debugged.output.find("Catchpoint 1");
  ASSERT_NE(stopped, std::string::npos) << debugged.output << debugged.errors;
  // In the one that takes more than there is.
  EXPECT_NE(debugged.output.find("payOut", stopped), std::string::npos) << debugged.output;
  EXPECT_NE(debugged.output.find(found.output, stopped), std::string::npos)
      << "it does not end as it does by itself: " << debugged.output << debugged.errors;
}

}  // namespace
}  // namespace troop::tests
