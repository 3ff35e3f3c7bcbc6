#include "runtime/io/child-process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/sim/simulation.h"
#include "runtime/task.h"
#include "runtime/testing/open-descriptors.h"

namespace troop {
namespace {

constexpr auto piped = ChildProcess::piped;
constexpr auto nothing = ChildProcess::nothing;

ChildProcess shell(std::string command, ChildOptions options = {}) {
  options.arguments = {"-c", std::move(command)};
  return ChildProcess::start("sh", std::move(options)).value();
}

bool isLeft(pid_t id) {
  return waitpid(id, nullptr, WNOHANG) >= 0 || errno != ECHILD;
}

TROOP_IO_TEST(ChildProcess, readsAndWritesThroughPipes) {
  ChildProcess child =
      shell("cat; echo done >&2; exit 3", {.input = piped, .output = piped, .errors = piped});
  const std::string sent(1 << 20, 'x');
  Scope scope;
  scope.task([&] {
    child.input().write(sent).value();
    child.input().close();
  });
  EXPECT_TRUE(tests::readAll(child.output()) == sent);
  EXPECT_EQ(tests::readAll(child.errors()), "done\n");
  const ChildEnd end = child.wait().value();
  EXPECT_EQ(end.status, 3);
  EXPECT_EQ(end.signal, 0);
  EXPECT_FALSE(end.succeeded());
}

TROOP_IO_TEST(ChildProcess, isGivenWhatItsOptionsSay) {
  ChildProcess child = shell("pwd; echo $TOLD; cat; echo unseen >&2",
                             {.environment = {{"TOLD=yes", "PATH=/usr/bin:/bin"}},
                              .folder = "/",
                              .output = piped,
                              .errors = nothing});
  EXPECT_EQ(tests::readAll(child.output()), "/\nyes\n");
  EXPECT_TRUE(child.wait()->succeeded());
  EXPECT_THROW(child.input(), Error);
  EXPECT_THROW(child.errors(), Error);
}

TROOP_IO_TEST(ChildProcess, failsWhereThereIsNoSuchProgram) {
  const std::size_t before = Troop::current()->handles();
  const Expected<ChildProcess> none =
      ChildProcess::start("no-such-program", {.input = piped, .output = piped});
  ASSERT_TRUE(none.failed());
  EXPECT_EQ(none.error().kind(), ErrorKind::failed);
  EXPECT_EQ(none.error().reason(), "starting no-such-program: ENOENT (No such file or directory)");
  EXPECT_EQ(Troop::current()->handles(), before);
}

TROOP_IO_TEST(ChildProcess, tellsWhichSignalHasEndedIt) {
  ChildProcess child = shell("sleep 1000");
  EXPECT_EQ(child.wait(after(1ms)).error().detail(), ErrorDetail::deadline);
  child.kill(SIGKILL).value();
  EXPECT_EQ(child.wait()->signal, SIGKILL);
  EXPECT_EQ(child.wait()->signal, SIGKILL);
  EXPECT_EQ(child.kill(SIGTERM).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(child.kill(SIGTERM).error().reason(), "sh has ended");
}

TROOP_IO_TEST(ChildProcess, isGoneWithItsHandle) {
  pid_t id = 0;
  {
    const ChildProcess child = shell("sleep 1000");
    id = child.id();
  }
  EXPECT_FALSE(isLeft(id));
  ChildProcess child = shell("sleep 1000");
  id = child.id();
  child = shell("true");
  EXPECT_FALSE(isLeft(id));
  EXPECT_TRUE(child.wait()->succeeded());
  child.close();
  EXPECT_EQ(child.wait().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(child.kill(SIGTERM).error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(ChildProcess, isWaitedForBySeveralUntilItIsClosed) {
  ChildProcess child = shell("read line", {.input = piped});
  {
    Scope scope;
    for (int i = 0; i < 4; ++i) scope.task([&] { EXPECT_TRUE(child.wait()->succeeded()); });
    yield();
    child.input().write("go on\n").value();
  }
  ChildProcess other = shell("sleep 1000");
  Scope scope;
  for (int i = 0; i < 4; ++i) {
    scope.task([&] { EXPECT_EQ(other.wait().error().kind(), ErrorKind::disconnected); });
  }
  yield();
  other.close();
}

TROOP_IO_TEST(ChildProcess, isWaitedForNoLongerByWhoIsCancelled) {
  ChildProcess child = shell("sleep 1000");
  {
    Scope scope;
    scope.task([&] { (void)child.wait(); });
    yield();
    scope.cancel();
  }
  child.kill(0).value();
}

TROOP_IO_TEST(ChildProcess, isKilledWithItsTroop) {
  const Ref<Troop> guest = Process::current()->troop({.name = "guest"});
  Event started;
  pid_t id = 0;
  const Ref<Thread> waits = guest->thread(
      {"waits"},
      [](Event* told, pid_t* number) {
        ChildProcess child = shell("sleep 1000", {.input = piped});
        *number = child.id();
        told->set();
        (void)child.wait();
      },
      assumeSendable(&started), assumeSendable(&id));
  started.wait();
  EXPECT_EQ(guest->handles(), 2U);
  guest->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
  EXPECT_TRUE(waits->join().failed());
  EXPECT_FALSE(isLeft(id));
  EXPECT_EQ(guest->handles(), 0U);
}

TROOP_IO_TEST(ChildProcess, isOnTheHandlesOfItsTroop) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    const Ref<Troop> poor = Process::current()->troop({.name = "poor", .handlesMax = most});
    const Ref<Thread> starts = poor->thread({"starts"}, [] {
      const Expected<ChildProcess> none =
          ChildProcess::start("sleep", {.arguments = {"1000"}, .input = piped, .output = piped});
      EXPECT_EQ(none.error().detail(), ErrorDetail::quota);
    });
    starts->join().value();
    EXPECT_EQ(poor->handles(), 0U);
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "none is left";
}

TROOP_IO_TEST(ChildProcess, leavesNothingOpen) {
  const auto once = [] {
    ChildProcess child = shell("cat", {.input = piped, .output = piped, .errors = nothing});
    child.input().close();
    EXPECT_TRUE(child.wait()->succeeded());
    (void)ChildProcess::start("no-such-program", {.input = piped, .output = piped});
    (void)ChildProcess::start("true", {.folder = "/no-such-folder"});
  };
  once();
  const std::size_t before = tests::openDescriptors();
  for (int i = 0; i < 10; ++i) once();
  EXPECT_EQ(tests::openDescriptors(), before);
}

TEST(ChildProcess, isUsedByOsThreadsOfTheHost) {
  Process process({.carriers = 1});
  ChildProcess child = ChildProcess::start(process, "sh", {.arguments = {"-c", "exit 5"}}).value();
  EXPECT_EQ(child.wait()->status, 5);
  EXPECT_THROW((void)ChildProcess::start("true"), Error) << "of which Process?";
}

TEST(ChildProcess, doesNotExistInASimulatedRun) {
  sim::run({}, [] { EXPECT_EQ(ChildProcess::start("true").error().kind(), ErrorKind::failed); });
}

}  // namespace
}  // namespace troop
