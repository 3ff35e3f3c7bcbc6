#include "runtime/reactor/choice.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>
#include <thread>

#include "runtime/process.h"
#include "runtime/sim/simulation.h"
#include "runtime/testing/os-threads.h"
#include "runtime/testing/refused-calls.h"

namespace troop {
namespace {

std::string_view mechanismWith(Process::Options options) {
  options.carriers = 1;
  Process process(options);
  return reactorOf(process).mechanism();
}

TEST(ReactorChoice, isMadeAtTheFirstUseAndStays) {
  const std::size_t before = tests::osThreads();
  Process process({.carriers = 2});
  const Scheduler& scheduler = process.root().scheduler();
  EXPECT_EQ(scheduler.outside(), nullptr);
  EXPECT_EQ(tests::osThreads(), before);
  Reactor& reactor = reactorOf(process);
  EXPECT_EQ(scheduler.outside(), &reactor);
  EXPECT_EQ(&reactorOf(process), &reactor);
}

TEST(ReactorChoice, isWhatTheHostAsksFor) {
  EXPECT_EQ(mechanismWith({.io = ProcessOptions::Io::polling}), "epoll");
  setenv("TROOP_IO", "polling", 1);
  EXPECT_EQ(mechanismWith({}), "epoll");
  unsetenv("TROOP_IO");
}

TEST(ReactorChoice, isWhatTheKernelAllows) {
  for (const unsigned error : {EPERM, ENOSYS}) {
    std::thread([error] {
      tests::refuseCall(SYS_io_uring_setup, error);
      EXPECT_EQ(mechanismWith({}), "epoll");
    }).join();
  }
}

TEST(ReactorChoice, isThatOfTheRunWhereARunIsSimulated) {
  sim::run({.seed = 1}, [] {
    Process& process = *Process::current();
    ASSERT_NE(process.root().scheduler().outside(), nullptr);
    EXPECT_EQ(&reactorOf(process), process.root().scheduler().outside());
  });
}

}  // namespace
}  // namespace troop
