#include "runtime/io/children/child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "runtime/io/children/spawn.h"
#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/reactor/choice.h"
#include "runtime/task.h"

namespace troop::children {
namespace {

Ref<Child> started(const char* command, Watch watch) {
  const pid_t id = spawn({.name = "sh", .arguments = {"-c", command}}).value();
  return Child::adopt(reactorOf(*Process::current()), id, "sh", watch).value();
}

Expected<ChildEnd> awaited(Child& child, Time deadline = never) {
  return child.outcome(
      child.source().perform(Direction::reading, deadline, "a child", 0, Child::Asks{child}));
}

bool isReaped(pid_t id) {
  return waitpid(id, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

void isWaitedForAndReapedOnce(Watch watch) {
  const Ref<Child> child = started("exit 7", watch);
  EXPECT_EQ(awaited(*child)->status, 7);
  EXPECT_TRUE(isReaped(child->id()));
  EXPECT_EQ(awaited(*child)->status, 7);
  EXPECT_EQ(child->signal(SIGTERM), -ESRCH);
}

void isEndedAndReaped(Watch watch) {
  Ref<Child> child = started("sleep 1000", watch);
  const pid_t id = child->id();
  EXPECT_EQ(awaited(*child, after(1ms)).error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(child->signal(SIGTERM), 0);
  EXPECT_EQ(awaited(*child)->signal, SIGTERM);
  child = started("sleep 1000", watch);
  EXPECT_TRUE(isReaped(id));
  const pid_t other = child->id();
  child->end();
  EXPECT_TRUE(isReaped(other));
  EXPECT_EQ(awaited(*child).error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(Child, isWaitedForAndReapedOnce) {
  isWaitedForAndReapedOnce(Watch::byDescriptor);
}
TROOP_IO_TEST(Child, isWaitedForAndReapedOnceByAnOsThread) {
  isWaitedForAndReapedOnce(Watch::byThread);
}
TROOP_IO_TEST(Child, isEndedAndReaped) {
  isEndedAndReaped(Watch::byDescriptor);
}
TROOP_IO_TEST(Child, isEndedAndReapedByAnOsThread) {
  isEndedAndReaped(Watch::byThread);
}

TROOP_IO_TEST(Child, mayHaveBeenReapedByOthers) {
  for (const Watch watch : {Watch::byDescriptor, Watch::byThread}) {
    const Ref<Child> child = started("exit 7", watch);
    while (waitpid(child->id(), nullptr, 0) < 0 && errno == EINTR) {
    }
    EXPECT_EQ(child->signal(SIGTERM), -ESRCH);
    const Expected<ChildEnd> end = awaited(*child);
    ASSERT_TRUE(end.failed());
    EXPECT_NE(end.error().reason().find("waiting for sh: who else waits"), std::string::npos);
  }
}

TEST(Child, isEndedAfterItsProcess) {
  Ref<Child> child;
  {
    Process process({.carriers = 1});
    process.run([&] {
      child = started("sleep 1000", Watch::byDescriptor);
      // Watched, it is closed with the Process.
      EXPECT_TRUE(awaited(*child, after(1ms)).failed());
    });
  }
  const pid_t id = child->id();
  child = nullptr;
  EXPECT_TRUE(isReaped(id));
}

// What goes on in this program after a fork.
TEST(Child, isLeftAloneByAChildOfTheOsProcess) {
  Process process({.carriers = 1});
  process.run([] {
    Ref<Child> child = started("sleep 1000", Watch::byDescriptor);
    const pid_t forked = fork();
    if (forked == 0) {
      child = nullptr;
      _exit(0);
    }
    waitpid(forked, nullptr, 0);
    EXPECT_EQ(child->signal(0), 0) << "it runs";
  });
}

}  // namespace
}  // namespace troop::children
