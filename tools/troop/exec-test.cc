// `troop exec` as its users meet it.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

constexpr const char* programInC = "runtime/preload/program-test";

class Exec : public CommandTest {
 protected:
  // A copy of a program, with this mode.
  std::string copyOf(const char* program, mode_t mode) {
    const std::string copy = folder_ / "program";
    std::filesystem::copy_file(program, copy);
    EXPECT_EQ(chmod(copy.c_str(), mode), 0);
    return copy;
  }
};

void expectRefused(const Finished& finished, const std::string& why) {
  EXPECT_EQ(finished.exitCode, 2);
  EXPECT_NE(finished.errors.find(why), std::string::npos) << finished.errors;
  EXPECT_TRUE(finished.output.empty()) << finished.output;
}

TEST_F(Exec, programsDoTheSameWithAndWithoutIt) {
  const Finished without = Subprocess({programInC}).wait();
  const Finished with = troop({"exec", programInC});
  EXPECT_EQ(with.exitCode, 0) << with.errors;
  EXPECT_EQ(without.exitCode, 0) << without.errors;
  EXPECT_EQ(with.output, without.output);
  EXPECT_FALSE(with.output.empty());
}

TEST_F(Exec, oneCarrierIsEnough) {
  const Finished with = troop({"exec", "--carriers", "1", programInC});
  EXPECT_EQ(with.exitCode, 0) << with.errors;
}

TEST_F(Exec, argumentsAndEnvironmentAreTheProgramsOwn) {
  const Finished finished =
      troop({"exec", "--carriers", "3", "sh", "-c", "echo $0 $1 $TROOP_EXEC_CARRIERS $LD_PRELOAD",
             "--help", "--carriers"});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output.find("--help --carriers 3 /"), 0u) << finished.output;
  EXPECT_NE(finished.output.find("libtroop-preload.so"), std::string::npos) << finished.output;
}

TEST_F(Exec, exitCodesAndSignalsPassThrough) {
  EXPECT_EQ(troop({"exec", "sh", "-c", "exit 7"}).exitCode, 7);
  EXPECT_EQ(troop({"exec", "sh", "-c", "kill -KILL $$"}).exitCode, 128 + SIGKILL);
  Subprocess waits({program, "exec", "sh", "-c",
                    "trap 'exit 5' TERM; echo ready >&2; while :; do sleep 0.01; done"});
  ASSERT_TRUE(waits.waitForErrors("ready"));
  waits.signal(SIGTERM);
  EXPECT_EQ(waits.wait().exitCode, 5);
}

TEST_F(Exec, scriptsAreRunByTheirInterpreter) {
  const std::string script = write("script", "#!/bin/sh\necho hello\n");
  chmod(script.c_str(), 0755);
  EXPECT_EQ(troop({"exec", script}).output, "hello\n");
  const std::string lost = write("lost", "#!/no/such/interpreter\n");
  chmod(lost.c_str(), 0755);
  expectRefused(troop({"exec", lost}), "a script for '/no/such/interpreter', which is not there");
}

TEST_F(Exec, whatIsNotThereIsRefused) {
  expectRefused(troop({"exec"}), "a program is missing");
  expectRefused(troop({"exec", "no-such-program"}), "no program 'no-such-program' in the folders");
  expectRefused(troop({"exec", "./no-such-program"}), "there is no program './no-such-program'");
  expectRefused(troop({"exec", "/etc/passwd"}), "'/etc/passwd' cannot be run");
  expectRefused(troop({"exec", "/"}), "cannot be run");
}

TEST_F(Exec, whatNothingCanBeLoadedIntoIsRefused) {
  expectRefused(troop({"exec", "/sbin/ldconfig"}), "is linked statically");
  const std::string text = write("text", "no program\n");
  chmod(text.c_str(), 0755);
  expectRefused(troop({"exec", text}), "is no program for x86-64");
}

TEST_F(Exec, whatHasRightsOfItsOwnIsRefused) {
  const std::string copy = copyOf("/bin/true", 0755);
  EXPECT_EQ(troop({"exec", copy}).exitCode, 0);
  constexpr uid_t nobody = 65534;
  if (geteuid() != 0) GTEST_SKIP() << "only root makes programs of others";
  ASSERT_EQ(chown(copy.c_str(), nobody, nobody), 0);
  ASSERT_EQ(chmod(copy.c_str(), 04755), 0);
  expectRefused(troop({"exec", copy}), "rights of its own");
}

}  // namespace
}  // namespace troop::command
