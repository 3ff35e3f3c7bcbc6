#include "runtime/process.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "runtime/channel.h"
#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/testing/os-threads.h"
#include "runtime/time.h"

namespace troop {
namespace {

using tests::osThreads;

TEST(Process, runsAFunctionAndReturnsItsResult) {
  EXPECT_EQ(run([] { return 42; }), 42);
  EXPECT_EQ(*run([] { return std::make_unique<int>(7); }), 7);
  bool ran = false;
  run([&] { ran = inTask(); });
  EXPECT_TRUE(ran);
}

TEST(Process, throwsWhatTheFunctionThrew) {
  EXPECT_THROW(run([] { throw std::out_of_range("x"); }), std::out_of_range);
  Process process({.carriers = 1});
  try {
    process.run([&] {
      process.root().kill(Error(ErrorKind::failed, "root is dead"));
      yield();
    });
    FAIL() << "it went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "root is dead");
  }
  EXPECT_THROW(process.run([] {}), Error);
}

TEST(Process, startsAndEndsAHundredTimesLeavingNothing) {
  const std::size_t before = osThreads();
  for (int i = 0; i < 100; ++i) {
    Process process({.carriers = 2});
    const Ref<Troop> troop = process.troop({.name = "troop"});
    const Ref<Thread> service = troop->serviceThread("service");
    service->post([] { sleep(1h); }).value();
    troop->thread({"waits"}, [] { Event().wait(); });
    process.at(now() + 1h, [] {});
    if (i % 2 == 0) process.run([] { yield(); });
  }
  EXPECT_EQ(osThreads(), before);
}

TEST(Process, severalLiveAtOnce) {
  Process first({.carriers = 1});
  Process second({.carriers = 1});
  auto [sender, receiver] = channel<int>(1);
  const Ref<Thread> producer = first.root().thread(
      {"producer"},
      [](Sender<int> out) {
        for (int i = 0; i < 500; ++i) out.send(i).value();
      },
      std::move(sender));
  const int sum = second.run([in = std::move(receiver)]() mutable {
    int total = 0;
    while (std::optional<int> value = in.receive()) total += *value;
    return total;
  });
  EXPECT_EQ(sum, 500 * 499 / 2);
  EXPECT_TRUE(producer->join());
}

TEST(Process, handlesMayBeReleasedAfterItsEnd) {
  Ref<Troop> troop;
  Ref<Thread> thread;
  {
    Process process({.carriers = 1});
    troop = process.troop({.name = "troop"});
    thread = troop->serviceThread("service");
  }
  EXPECT_TRUE(troop->killed());
  EXPECT_EQ(troop->cause()->reason(), "its Process has ended");
  EXPECT_TRUE(thread->join());
  thread->wake();
  thread->close();
  troop->kill(Error(ErrorKind::failed, "again"));
}

TEST(Process, callsFunctionsAtTheirTime) {
  Process process({.carriers = 2});
  Event called;
  const Time when = after(2ms);
  process.at(when, [&] {
    EXPECT_GE(now(), when);
    EXPECT_EQ(Process::current(), &process);
    called.set();
  });
  EXPECT_EQ(called.wait(), WaitResult::signalled);

  bool ran = false;
  const TimerId cancelled = process.at(after(1h), [&] { ran = true; });
  EXPECT_TRUE(process.cancelTimer(cancelled));
  EXPECT_FALSE(process.cancelTimer(cancelled));
  EXPECT_FALSE(ran);
}

TEST(Process, countsWhatHasNotEnded) {
  Process process({.carriers = 1});
  const TimerId timer = process.at(after(24h), [] {});
  EXPECT_EQ(process.counts().timers, 1u);
  EXPECT_TRUE(process.cancelTimer(timer));
  process.run([&] {
    Scope scope;
    scope.task([&] {
      const ProcessCounts inTwoTasks = process.counts();
      EXPECT_EQ(inTwoTasks.runnables, 1u);
      EXPECT_EQ(inTwoTasks.stacks, 2u);
      EXPECT_EQ(inTwoTasks.timers, 0u);
    });
  });
  while (process.counts().runnables > 0) std::this_thread::yield();
  EXPECT_EQ(process.counts().stacks, 0u);
}

TEST(Process, cancellingATimerRacesWithItsCall) {
  Process process({.carriers = 2});
  for (int round = 0; round < 300; ++round) {
    const auto calls = std::make_shared<std::atomic<int>>(0);
    const TimerId timer = process.at(after(round % 50 * 1us), [calls] { ++*calls; });
    std::this_thread::sleep_for(std::chrono::microseconds(round % 40));
    if (process.cancelTimer(timer)) {
      EXPECT_EQ(calls->load(), 0);
      EXPECT_EQ(calls.use_count(), 1);
    }
  }
}

// Both sides of a barrier must run at once, or neither goes on.
TEST(Process, carriesThreadsOnSeveralOsThreadsAtOnce) {
  Process process({.carriers = 2});
  struct Meeting {
    std::mutex mutex;
    std::condition_variable arrived;
    int count = 0;
  } meeting;
  const auto meet = [](Meeting* at) {
    std::unique_lock lock(at->mutex);
    ++at->count;
    at->arrived.notify_all();
    at->arrived.wait(lock, [&] { return at->count == 2; });
  };
  process.run([&] {
    Scope scope;
    scope.thread(meet, assumeSendable(&meeting));
    scope.thread(meet, assumeSendable(&meeting));
  });
  // A slice is counted when it is over, and so after the end of its Thread.
  const auto counted = [&process] {
    std::uint64_t slices = 0;
    bool byAll = true;
    for (const CarrierStatistics& carrier : process.statistics()) {
      slices += carrier.slices;
      byAll = byAll && carrier.slices > 0;
    }
    return byAll && slices >= 3;
  };
  const Time patience = after(1min);
  while (!counted() && now() < patience) std::this_thread::yield();
  EXPECT_TRUE(counted());
}

TEST(Process, hasNoOsThreadWhereNothingIsStarted) {
  const std::size_t before = osThreads();
  Process process({.carriers = 8});
  const Ref<Troop> troop = process.troop({.name = "idle"});
  EXPECT_EQ(process.carriers(), 8u);
  EXPECT_EQ(osThreads(), before);
}

TEST(Process, isResizedByAnybodyWhileItRuns) {
  Process process({.carriers = 1, .carriersMax = 3});
  EXPECT_EQ(process.carriersMax(), 3u);
  auto [sender, receiver] = channel<int>(4);
  const int sum = process.run([&, out = std::move(sender), in = std::move(receiver)]() mutable {
    Scope scope;
    scope.thread(
        [](Sender<int> to) {
          for (int i = 0; i < 3000; ++i) {
            if (i % 100 == 0) Process::current()->resize(1 + i / 100 % 3);
            to.send(i).value();
          }
        },
        std::move(out));
    int total = 0;
    while (std::optional<int> value = in.receive()) total += *value;
    return total;
  });
  EXPECT_EQ(sum, 3000 * 2999 / 2);
  process.resize(2);
  EXPECT_EQ(process.carriers(), 2u);
  EXPECT_EQ(process.run([] { return 1; }), 1);
}

TEST(Process, isResizedToWhatTheMachineOffers) {
  Process process({.carriers = 1, .carriersMax = 2});
  process.resize(0);
  EXPECT_EQ(process.carriers(), std::min(2u, Process().carriers()));
}

// As `taskset -ap` does.
void setMaskOfAllOsThreads(const cpu_set_t& mask) {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    sched_setaffinity(std::stoi(thread.path().filename()), sizeof(mask), &mask);
  }
}

TEST(Process, followsTheAffinityMaskOfItsOsProcess) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  Process process;
  Process fixed({.carriers = 2, .carriersMax = 2});
  EXPECT_EQ(fixed.run([] { return 1; }), 1);
  EXPECT_EQ(process.run([] { return 1; }), 1);
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  // A carrier that is just being started may miss it.
  while (process.carriers() != 1) {
    setMaskOfAllOsThreads(one);
    process.run([] { sleep(10ms); });
    fixed.run([] { yield(); });
  }
  process.run([&] {
    cpu_set_t ofCarrier;
    ASSERT_EQ(sched_getaffinity(0, sizeof(ofCarrier), &ofCarrier), 0);
    EXPECT_TRUE(CPU_EQUAL(&ofCarrier, &one));
  });
  EXPECT_EQ(fixed.carriers(), 2u);
  setMaskOfAllOsThreads(before);
}

TEST(Process, saysWhenTheFirstCarrierCannotBeStarted) {
  pthread_attr_t before, huge;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_getattr_default_np(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);
  Process process({.carriers = 2});
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  try {
    process.run([] {});
    ADD_FAILURE() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.executed(), Executed::no);
  }
  EXPECT_THROW(process.at(now(), [] {}), Error);
  ASSERT_EQ(pthread_setattr_default_np(&before), 0);
  EXPECT_EQ(process.run([] { return 1; }), 1);
  EXPECT_EQ(process.root().threads(), 0u);
  pthread_attr_destroy(&before);
  pthread_attr_destroy(&huge);
}

TEST(Process, destroysFunctionsOfTimersThatItNeverCalled) {
  const auto owned = std::make_shared<int>(1);
  {
    Process process({.carriers = 1});
    // A function that keeps what keeps the timers.
    process.at(after(1h), [owned, troop = process.troop({.name = "kept"})] {});
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Process, leavesTheHostsSignalsToTheHost) {
  sigset_t before, afterwards;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Process process({.carriers = 1});
  pthread_sigmask(SIG_SETMASK, nullptr, &afterwards);
  EXPECT_EQ(sigismember(&before, SIGTERM), sigismember(&afterwards, SIGTERM));
  process.run([] {
    sigset_t ofCarrier;
    pthread_sigmask(SIG_SETMASK, nullptr, &ofCarrier);
    EXPECT_EQ(sigismember(&ofCarrier, SIGTERM), 1);
    EXPECT_EQ(sigismember(&ofCarrier, SIGINT), 1);
    EXPECT_EQ(sigismember(&ofCarrier, SIGSEGV), 0);
  });
}

TEST(Process, refusesOptionsOutOfRange) {
  EXPECT_THROW(Process({.carriers = 100'000}), Error);
  EXPECT_THROW(Process({.carriers = 1, .stackBytes = 1000}), Error);
  EXPECT_THROW(Process({.carriers = 1, .stackBytes = (64 << 10) + 1}), Error);
  EXPECT_EQ(Process({.carriers = 3}).carriers(), 3u);
  EXPECT_GE(Process().carriers(), 1u);
  EXPECT_THROW(Process({.carriersMax = 1025}), Error);
  EXPECT_THROW(Process({.carriers = 3, .carriersMax = 2}), Error);
  EXPECT_EQ(Process({.carriersMax = 1}).carriers(), 1u);
  Process process({.carriers = 1, .carriersMax = 2});
  try {
    process.resize(3);
    ADD_FAILURE() << "it was resized";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "a Process has at most 2 carriers, not 3");
  }
  EXPECT_EQ(process.carriers(), 1u);
}

TEST(Process, boundsTheMemoryOfAllItsTroops) {
  Process process({.carriers = 1, .memoryBytesMax = std::size_t{1} << 20});
  const Ref<Troop> troop = process.troop({.name = "boundless"});
  std::vector<Ref<Thread>> threads;
  EXPECT_THROW(
      for (int i = 0; i < 100;
           ++i) { threads.push_back(troop->thread({"waits"}, [] { Event().wait(); })); },
      Error);
  EXPECT_GT(threads.size(), 0u);
  EXPECT_LE(process.memory()->peak(), std::size_t{1} << 20);
}

TEST(Process, givesTasksTheStackThatWasAskedFor) {
  constexpr std::size_t bytes = std::size_t{4} << 20;
  Process process({.carriers = 1, .stackBytes = bytes});
  process.run([] {
    std::array<volatile char, bytes / 2> large;
    large[0] = 1;
    large[large.size() - 1] = 2;
    yield();
    EXPECT_EQ(large[0] + large[large.size() - 1], 3);
  });
}

#if !__has_feature(address_sanitizer)
[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[1024];
  frame[depth % 1024] = 1;
  return depth > 100'000'000 ? 0 : recurse(depth + 1) + frame[depth % 1024];
}
#else
[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[64];
  frame[depth % 64] = 1;
  return depth > 100'000'000 ? 0 : recurse(depth + 1) + frame[depth % 64];
}
#endif

TEST(ProcessDeathTest, aStackOverflowNamesTheTask) {
  EXPECT_DEATH(
      {
        Process process({.carriers = 1});
        const Ref<Troop> acme = process.troop({.name = "acme"});
        (void)acme->thread({"parser"}, [] { recurse(0); })->join();
      },
      "stack overflow in Task 1 of Thread 'parser' of troop 'acme'");
}

void reportFault(int, siginfo_t*, void*) {
  constexpr char text[] = "the host's own handler\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
  _exit(3);
}

[[gnu::noinline]] void fault() {
  volatile int* nowhere = nullptr;
  asm volatile("" : "+r"(nowhere));
  *nowhere = 1;
}

TEST(ProcessDeathTest, otherFaultsGoToTheHandlerThatWasThereBefore) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        struct sigaction action = {};
        action.sa_sigaction = reportFault;
        action.sa_flags = SA_SIGINFO;
        sigaction(SIGSEGV, &action, nullptr);
        run(fault);
      },
      testing::ExitedWithCode(3), "the host's own handler");
  EXPECT_EXIT(
      {
        std::signal(SIGSEGV, SIG_DFL);
        run(fault);
      },
      testing::KilledBySignal(SIGSEGV), "");
}

struct sigaction replaced;

TEST(ProcessDeathTest, anOverflowIsReportedThroughAHandlerThatChains) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Process process({.carriers = 1});
        struct sigaction action = {};
        action.sa_sigaction = [](int signal, siginfo_t* info, void* context) {
          replaced.sa_sigaction(signal, info, context);
        };
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigaction(SIGSEGV, &action, &replaced);
        process.run([] { recurse(0); });
      },
      "stack overflow in Task 1 of Thread 'main' of troop 'root'");
}

}  // namespace
}  // namespace troop
