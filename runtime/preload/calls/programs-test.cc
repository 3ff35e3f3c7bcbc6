// Starting other programs from pthreads.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

// Ends with 0 where it was started with no signal blocked.
constexpr const char* nothingIsBlocked = "grep -q 'SigBlk:.0000000000000000' /proc/self/status";

int statusOf(pid_t child) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

TEST(Programs, inheritTheMaskOfThePthread) {
  PthreadOfTest pthread([] {
    // NOLINTBEGIN(bugprone-command-processor,cert-env33-c): they are what is tested
    EXPECT_EQ(std::system(nothingIsBlocked), 0);
    std::FILE* pipe = popen(nothingIsBlocked, "r");
    // NOLINTEND(bugprone-command-processor,cert-env33-c)
    EXPECT_EQ(pclose(pipe), 0);
    const char* const arguments[] = {"sh", "-c", nothingIsBlocked, nullptr};
    pid_t child = -1;
    EXPECT_EQ(
        posix_spawn(&child, "/bin/sh", nullptr, nullptr, const_cast<char**>(arguments), environ),
        0);
    EXPECT_EQ(statusOf(child), 0);
    EXPECT_EQ(posix_spawnp(&child, "sh", nullptr, nullptr, const_cast<char**>(arguments), environ),
              0);
    EXPECT_EQ(statusOf(child), 0);
  });
}

enum class How { execl, execlp, execle, execv, execvp };

void become(How how) {
  const char* const arguments[] = {"sh", "-c", nothingIsBlocked, nullptr};
  auto* const list = const_cast<char**>(arguments);
  switch (how) {
    case How::execl:
      execl("/bin/sh", "sh", "-c", nothingIsBlocked, nullptr);
      break;
    case How::execlp:
      execlp("sh", "sh", "-c", nothingIsBlocked, nullptr);
      break;
    case How::execle:
      execle("/bin/sh", "sh", "-c", nothingIsBlocked, nullptr, environ);
      break;
    case How::execv:
      execv("/bin/sh", list);
      break;
    case How::execvp:
      execvp("sh", list);
      break;
  }
}

TEST(Programs, takeThePlaceOfChildrenOfFork) {
  PthreadOfTest pthread([] {
    for (const How how : {How::execl, How::execlp, How::execle, How::execv, How::execvp}) {
      const pid_t child = fork();
      if (child == 0) {
        become(how);
        _exit(99);
      }
      EXPECT_EQ(statusOf(child), 0) << static_cast<int>(how);
    }
  });
}

TEST(Programs, takeThePlaceOfChildrenOfVfork) {
  PthreadOfTest pthread([] {
    const char* const arguments[] = {"sh", "-c", nothingIsBlocked, nullptr};
    // It is what is tested.
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,bugprone-unsafe-functions)
    const pid_t child = vfork();
    if (child == 0) {
      execve("/bin/sh", const_cast<char**>(arguments), environ);
      _exit(99);
    }
    EXPECT_EQ(statusOf(child), 0);
    EXPECT_TRUE(inTask());
  });
}

}  // namespace
}  // namespace troop::preload
