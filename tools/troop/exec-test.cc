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
constexpr const char* programWithC11Threads = "runtime/preload/c11-program-test";

class Exec : public CommandTest {
 protected:
  // A copy of troop runs elsewhere: it finds the shared libraries that it is linked with.
  static Finished runCopy(const std::string& copy) {
    std::string folders = "LD_LIBRARY_PATH=";
    constexpr auto follow = std::filesystem::directory_options::follow_directory_symlink;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(".", follow)) {
      if (entry.path().filename() != "libwasmtime.so") continue;
      folders += std::filesystem::absolute(entry.path().parent_path()).string() + ":";
    }
    return Subprocess({"/usr/bin/env", folders, copy, "exec", "true"}).wait();
  }

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

// Each argument in brackets, as the program gets it.
std::string argumentsOf(std::vector<std::string> words) {
  words.insert(words.begin(), {program, "exec"});
  const Finished finished = Subprocess(words).wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  return finished.output;
}

TEST_F(Exec, optionsEndAtTheProgramOrAtTheirMark) {
  for (const std::vector<std::string>& before :
       {std::vector<std::string>{}, {"--"}, {"--carriers", "2"}, {"--carriers=2", "--"}}) {
    std::vector<std::string> words = before;
    for (const char* word :
         {"printf", "<%s>", "a", "b", "", "--", "-c", "--", "--help", "run", ""}) {
      words.emplace_back(word);
    }
    EXPECT_EQ(argumentsOf(words), "<a><b><><--><-c><--><--help><run><>");
  }
}

TEST_F(Exec, namesOfCommandsAreThoseOfProgramsAfterIt) {
  const std::string script = write("run", "#!/bin/sh\necho \"$@\"\n");
  chmod(script.c_str(), 0755);
  const std::string path = "PATH=" + folder_.string() + ":/usr/bin:/bin";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"exec", "run", "check"}, {"exec", "--", "run", "check"}}) {
    std::vector<std::string> all = {"/usr/bin/env", path, std::filesystem::absolute(program)};
    all.insert(all.end(), words.begin(), words.end());
    const Finished finished = Subprocess(all).wait();
    EXPECT_EQ(finished.output, "check\n") << finished.errors;
  }
}

TEST_F(Exec, threadsOfC11AreManyOnFewOsThreads) {
  const Finished finished = troop({"exec", programWithC11Threads, "3000", "100"});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, Subprocess({programWithC11Threads, "3000"}).wait().output);
}

TEST_F(Exec, whatItLoadsIsMissedByName) {
  const std::string alone = copyOf(program, 0755);
  const Finished finished = runCopy(alone);
  EXPECT_EQ(finished.exitCode, 4);
  EXPECT_EQ(finished.errors, "error: libtroop-preload.so is neither in " + folder_.string() +
                                 " nor in the folder lib beside that\n");
}

TEST_F(Exec, whatTheLoaderWouldReadAsSeveralIsRefused) {
  folder_ /= "a folder";
  std::filesystem::create_directory(folder_);
  const std::string apart = copyOf(program, 0755);
  const std::string library = write("libtroop-preload.so", "");
  const Finished finished = runCopy(apart);
  EXPECT_EQ(finished.exitCode, 4);
  EXPECT_EQ(finished.errors,
            "error: the loader takes no path with a space or colon: " + library + "\n");
  folder_ = folder_.parent_path();
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

TEST_F(Exec, saysWhatCannotBeRunAndWhy) {
  expectRefused(troop({"exec"}), "a program is missing: troop exec [OPTIONS] PROGRAM");
  expectRefused(troop({"exec", "--"}), "a program is missing: troop exec [OPTIONS] PROGRAM");
  expectRefused(troop({"exec", ""}), "the name of the program is empty");
  expectRefused(troop({"exec", "no-such-program"}), "no program 'no-such-program' in the folders");
  expectRefused(troop({"exec", "./no-such-program"}), "there is no program './no-such-program'");
  expectRefused(troop({"exec", "/etc/passwd"}), "'/etc/passwd' is not executable for you");
  expectRefused(troop({"exec", "/sbin/ldconfig"}), "'/sbin/ldconfig' is linked statically");
}

TEST_F(Exec, refusesOptionsThatItHasNot) {
  expectRefused(troop({"exec", "--fast", "true"}), "not expected: --fast");
  expectRefused(troop({"exec", "-x", "--", "true"}), "not expected: -x");
  expectRefused(troop({"exec", "--carriers", "0", "true"}), "--carriers: Value 0 not in range");
  expectRefused(troop({"exec", "--carriers", "true"}), "--carriers: Value true not in range");
  expectRefused(troop({"exec", "--carriers"}), "--carriers: ");
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
