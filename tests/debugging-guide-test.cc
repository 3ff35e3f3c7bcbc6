// The programs of docs/guide/debugging.md: what the guide shows is what is built and run here, by
// itself and under the debugger, and they print what the guide says.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/shown-program.h"
#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

const std::string race = "docs/examples/debugging/race";

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

TEST(DebuggingGuide, aRaceIsFoundAndItsLineRepeatsIt) {
  const Finished found = Subprocess({race}).wait();
  EXPECT_EQ(found.exitCode, 1) << found.errors;
  expectShown("docs/guide/debugging.md", race + ".cc", found.output);

  const Finished again = runWith(replayOf(found.output), {race});
  EXPECT_EQ(again.exitCode, 1) << again.errors;
  EXPECT_EQ(again.output, found.output);
}

TEST(DebuggingGuide, theLineRepeatsItUnderTheDebugger) {
  const Finished found = Subprocess({race}).wait();
  const std::vector<std::string> variables = replayOf(found.output);
  const Finished debugged = runWith(
      variables, {"gdb", "-batch", "-nx", "-ex", "set debuginfod enabled off", "-ex", "catch throw",
                  "-ex", "run", "-ex", "backtrace", "-ex", "continue", race});
  const std::size_t stopped = debugged.output.find("Catchpoint 1");
  ASSERT_NE(stopped, std::string::npos) << debugged.output << debugged.errors;
  // In the one that takes more than there is.
  EXPECT_NE(debugged.output.find("payOut", stopped), std::string::npos) << debugged.output;
  EXPECT_NE(debugged.output.find(found.output, stopped), std::string::npos)
      << "it does not end as it does by itself: " << debugged.output << debugged.errors;
}

}  // namespace
}  // namespace troop::tests
