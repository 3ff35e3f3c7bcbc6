#include "runtime/io/children/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace troop::children {
namespace {

int statusOf(pid_t id) {
  int status = 0;
  waitpid(id, &status, 0);
  return status;
}

// What a shell says to it on its output.
std::string said(Program program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "no pipe";
  program.name = "sh";
  program.streams[1] = ends[1];
  const pid_t id = spawn(program).value();
  ::close(ends[1]);
  std::string all;
  char part[256];
  for (ssize_t got = 0; (got = ::read(ends[0], part, sizeof(part))) > 0;) {
    all.append(part, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  statusOf(id);
  return all;
}

TEST(Spawn, startsWhatItIsTold) {
  const pid_t id = spawn({.name = "sh", .arguments = {"-c", "exit 7"}}).value();
  EXPECT_EQ(WEXITSTATUS(statusOf(id)), 7);
  EXPECT_EQ(said({.arguments = {"-c", "echo $0 $1; pwd; echo $TOLD", "a b", "c"},
                  .environment = {{"TOLD=yes"}},
                  .folder = "/"}),
            "a b c\n/\nyes\n");
}

TEST(Spawn, givesNothingElseAway) {
  // Which a host has forgotten to close in others.
  const int open = ::open("/dev/null", O_RDONLY);
  EXPECT_EQ(said({.arguments = {"-c", "ls /proc/self/fd | wc -l"}}), "4\n")
      << "three, and the one that lists them";
  ::close(open);
}

TEST(Spawn, givesNoBlockedSignals) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const std::string masks = said({.arguments = {"-c", "grep -E '^SigBlk' /proc/self/status"}});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(masks, "SigBlk:\t0000000000000000\n");
}

TEST(Spawn, saysWhatIsInTheWay) {
  const auto reason = [](const Program& program) {
    const Expected<pid_t> id = spawn(program);
    return id.failed() ? id.error().reason() : "started";
  };
  EXPECT_EQ(reason({.name = "no-such-program"}),
            "starting no-such-program: ENOENT (No such file or directory)");
  EXPECT_EQ(reason({.name = "/etc/passwd"}), "starting /etc/passwd: EACCES (Permission denied)");
  EXPECT_EQ(reason({.name = "true", .folder = "/no-such-folder"}),
            "starting a program in /no-such-folder: ENOENT (No such file or directory)");
  EXPECT_EQ(reason({.name = ""}),
            "starting a program without a name: ENOENT (No such file or directory)");
  EXPECT_EQ(reason({.name = "true", .arguments = {std::string("a\0b", 3)}}),
            "starting true: EINVAL (Invalid argument)");
  EXPECT_EQ(reason({.name = "true", .arguments = {std::string(std::size_t{4} << 20, 'x')}}),
            "starting true: E2BIG (Argument list too long)");
}

}  // namespace
}  // namespace troop::children
