#include "runtime/io/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "runtime/io/child-process.h"
#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/sim/simulation.h"
#include "runtime/task.h"
#include "runtime/testing/open-descriptors.h"

namespace troop {
namespace {

// To the OS process: some thread of the host gets it, which carriers are not.
void send(int signal) {
  ASSERT_EQ(::kill(getpid(), signal), 0);
}

TROOP_IO_TEST(Signals, giveWhatArrivesToATask) {
  Signals mine = Signals::subscribe({SIGUSR1, SIGTERM}).value();
  EXPECT_EQ(mine.next(after(1ms)).error().detail(), ErrorDetail::deadline);
  Scope scope;
  scope.task([&] {
    yield();
    send(SIGTERM);
  });
  EXPECT_EQ(mine.next().value(), SIGTERM);
  send(SIGUSR1);
  EXPECT_EQ(mine.next().value(), SIGUSR1);
}

TROOP_IO_TEST(Signals, goToEachOfSeveralSubscribers) {
  Signals one = Signals::subscribe({SIGUSR1}).value();
  Signals other = Signals::subscribe({SIGUSR1, SIGUSR2}).value();
  Scope scope;
  scope.task([&] { EXPECT_EQ(one.next().value(), SIGUSR1); });
  scope.task([&] { EXPECT_EQ(other.next().value(), SIGUSR1); });
  yield();
  send(SIGUSR1);
  scope.join();
  send(SIGUSR2);
  EXPECT_EQ(other.next().value(), SIGUSR2);
  EXPECT_EQ(one.next(after(1ms)).error().detail(), ErrorDetail::deadline);
}

TROOP_IO_TEST(Signals, tellOfChildren) {
  Signals mine = Signals::subscribe({SIGCHLD}).value();
  ChildProcess child = ChildProcess::start("true").value();
  EXPECT_EQ(mine.next().value(), SIGCHLD);
  EXPECT_TRUE(child.wait()->succeeded());
}

TROOP_IO_TEST(Signals, areNoLongerWaitedForWhenTheyAreClosed) {
  Signals mine = Signals::subscribe({SIGUSR1}).value();
  {
    Scope scope;
    scope.task([&] { (void)mine.next(); });
    yield();
    scope.cancel();
  }
  Scope scope;
  scope.task([&] {
    yield();
    mine.close();
  });
  EXPECT_EQ(mine.next().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(mine.next().error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(Signals, areWhatTheyWereWhenATroopHasDied) {
  const Ref<Troop> guest = Process::current()->troop({.name = "guest", .handlesMax = 1});
  Event subscribed;
  const Ref<Thread> waits = guest->thread(
      {"waits"},
      [](Event* told) {
        Signals mine = Signals::subscribe({SIGUSR1}).value();
        EXPECT_EQ(Signals::subscribe({SIGUSR2}).error().detail(), ErrorDetail::quota);
        told->set();
        (void)mine.next();
      },
      assumeSendable(&subscribed));
  subscribed.wait();
  guest->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
  EXPECT_TRUE(waits->join().failed());
  EXPECT_EQ(guest->handles(), 0U);
  struct sigaction now = {};
  sigaction(SIGUSR1, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TROOP_IO_TEST(Signals, leaveNothingOpen) {
  const auto once = [] {
    Signals mine = Signals::subscribe({SIGUSR1}).value();
    send(SIGUSR1);
    EXPECT_EQ(mine.next().value(), SIGUSR1);
    mine = Signals::subscribe({SIGUSR2}).value();
  };
  once();
  const std::size_t before = tests::openDescriptors();
  for (int i = 0; i < 10; ++i) once();
  EXPECT_EQ(tests::openDescriptors(), before);
}

TEST(Signals, areWaitedForByOsThreadsOfTheHost) {
  Process process({.carriers = 1});
  Signals mine = Signals::subscribe(process, {SIGUSR1}).value();
  send(SIGUSR1);
  EXPECT_EQ(mine.next().value(), SIGUSR1);
  EXPECT_THROW((void)Signals::subscribe({SIGUSR1}), Error) << "for which Process?";
}

TEST(Signals, outliveTheirProcess) {
  std::optional<Signals> mine;
  {
    Process process({.carriers = 1});
    mine.emplace(Signals::subscribe(process, {SIGUSR1}).value());
    EXPECT_TRUE(mine->next(after(1ms)).failed()) << "from now on its Reactor watches it";
  }
  send(SIGUSR1);
  EXPECT_EQ(mine->next().error().kind(), ErrorKind::disconnected);
}

TEST(Signals, doNotExistInASimulatedRun) {
  sim::run({}, [] { EXPECT_EQ(Signals::subscribe({SIGUSR1}).error().kind(), ErrorKind::failed); });
}

}  // namespace
}  // namespace troop
