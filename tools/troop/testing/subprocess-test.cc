#include "tools/troop/testing/subprocess.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>

namespace troop::command {
namespace {

Finished shell(const std::string& script) {
  return Subprocess({"sh", "-c", script}).wait();
}

TEST(Subprocess, keepsBothStreamsAndTheExitCode) {
  const Finished finished = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(finished.exitCode, 7);
  EXPECT_EQ(finished.output, "out\n");
  EXPECT_EQ(finished.errors, "err\n");
}

TEST(Subprocess, takesMoreThanAPipeHolds) {
  const Finished finished =
      shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; echo end");
  EXPECT_EQ(finished.output.size(), 300'004u);
  EXPECT_EQ(finished.errors.size(), 300'000u);
}

TEST(Subprocess, tellsTheSignalThatEndedIt) {
  EXPECT_EQ(shell("kill -TERM $$").exitCode, 128 + SIGTERM);
}

TEST(Subprocess, waitsForWhatIsSaid) {
  Subprocess process({"sh", "-c", "echo ready >&2; exec sleep 1000"});
  EXPECT_TRUE(process.waitForErrors("ready"));
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait().exitCode, 128 + SIGTERM);
}

TEST(Subprocess, doesNotWaitForWhatIsNeverSaid) {
  Subprocess process({"sh", "-c", "echo something else >&2"});
  EXPECT_FALSE(process.waitForErrors("ready"));
  EXPECT_EQ(process.wait().exitCode, 0);
}

TEST(Subprocess, isKilledWithItsObject) {
  const std::string file = testing::TempDir() + "/subprocess-test-pid";
  pid_t pid = 0;
  {
    Subprocess process({"sh", "-c", "echo $$ >" + file + "; echo ready >&2; exec sleep 1000"});
    ASSERT_TRUE(process.waitForErrors("ready"));
    std::ifstream(file) >> pid;
    ASSERT_GT(pid, 0);
    EXPECT_EQ(kill(pid, 0), 0);
  }
  // Not even waiting to be collected: then its number would still be taken.
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(Subprocess, aProgramThatIsNotThereIsAnError) {
  EXPECT_THROW(Subprocess({"no-such-program-anywhere"}), std::system_error);
}

}  // namespace
}  // namespace troop::command
