// Credentials as a program sees them.
#include <grp.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

TEST(Credentials, pthreadsChangeThem) {
  PthreadOfTest changes([] {
    EXPECT_EQ(setuid(getuid()), 0);
    EXPECT_EQ(setgid(getgid()), 0);
    EXPECT_EQ(seteuid(geteuid()), 0);
    EXPECT_EQ(setegid(getegid()), 0);
    EXPECT_EQ(setreuid(getuid(), geteuid()), 0);
    EXPECT_EQ(setregid(getgid(), getegid()), 0);
    EXPECT_EQ(setresuid(getuid(), geteuid(), geteuid()), 0);
    EXPECT_EQ(setresgid(getgid(), getegid(), getegid()), 0);
    EXPECT_EQ(setgid(static_cast<gid_t>(-1)), -1);
    EXPECT_EQ(errno, EINVAL);
  });
}

// The carriers do not come back to the runtime meanwhile.
TEST(Credentials, areChangedWhilePthreadsComputeOrWaitInTheCLibrary) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  sem_t started;
  sem_init(&started, 0, 0);
  std::atomic<bool> changed{false};
  PthreadOfTest waits([&] {
    sem_post(&started);
    EXPECT_EQ(waitpid(child, nullptr, 0), child);
  });
  PthreadOfTest computes([&] {
    sem_post(&started);
    while (!changed.load()) {
    }
  });
  for (int times = 0; times < 2; ++times) sem_wait(&started);
  EXPECT_EQ(setgid(getgid()), 0);
  PthreadOfTest changes([&] {
    EXPECT_EQ(setgid(getgid()), 0);
    changed.store(true);
  });
  changes.join();
  kill(child, SIGKILL);
}

// How many OS threads have another effective group than this.
int othersThan(gid_t group) {
  int others = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    std::string word;
    while (status >> word && word != "Gid:") {
    }
    gid_t real = 0;
    gid_t effective = 0;
    if (status >> real >> effective && effective != group) ++others;
  }
  return others;
}

TEST(Credentials, areThoseOfAllOsThreads) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has any that it may take";
  const gid_t before = getegid();
  constexpr gid_t another = 12345;
  PthreadOfTest changes([&] {
    EXPECT_EQ(setegid(another), 0);
    EXPECT_EQ(othersThan(another), 0);
    EXPECT_EQ(setegid(before), 0);
    EXPECT_EQ(othersThan(before), 0);
    EXPECT_EQ(initgroups("root", 0), 0);
  });
}

}  // namespace
}  // namespace troop::preload
