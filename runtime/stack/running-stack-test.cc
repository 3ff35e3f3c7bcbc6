#include "runtime/stack/running-stack.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <thread>

#include "runtime/base/sanitizers.h"

namespace troop {
namespace {

constexpr Duration patience = 60s;

const int somebody = 0;

RunningIdentity identify(const void*) noexcept {
  return {.owner = &somebody, .thread = &somebody, .task = 7};
}

// An OS thread that runs until it is let go.
class Busy {
 public:
  Busy() : thread_([this] { run(); }) { began_.get_future().wait(); }
  ~Busy() {
    ends_.store(true);
    thread_.join();
  }

  pid_t id() const noexcept { return id_; }
  const std::uint64_t* mark() const noexcept { return mark_; }

 private:
  [[gnu::noinline]] void run() {
    const Interruptible here;
    volatile std::uint64_t mark[4] = {0x5eed, 0x5eed + 1, 0x5eed + 2, 0x5eed + 3};
    mark_ = const_cast<const std::uint64_t*>(&mark[0]);
    id_ = gettid();
    began_.set_value();
    // Calls of the kernel, for ThreadSanitizer has handlers called there.
    while (!ends_.load()) usleep(100);
  }

  std::promise<void> began_;
  std::atomic<bool> ends_{false};
  pid_t id_ = 0;
  const std::uint64_t* mark_ = nullptr;
  std::thread thread_;
};

TEST(RunningStack, isCopiedByWhoRunsOnIt) {
  Interruptible::identifyBy(&identify);
  const Busy busy;
  const RunningStack stack = copyRunning(busy.id(), patience);
  EXPECT_EQ(stack.osThread, busy.id());
  EXPECT_EQ(stack.identity.owner, &somebody);
  EXPECT_EQ(stack.identity.task, 7U);
  EXPECT_NE(stack.registers.instruction, 0U);
  EXPECT_EQ(stack.registers.stack & ~7U, stack.from & ~7U);
  EXPECT_FALSE(stack.words.empty());
}

TEST(RunningStack, hasWhatStandsThere) {
  if (underAddressSanitizer) GTEST_SKIP() << "locals stand elsewhere there";
  const Busy busy;
  const RunningStack stack = copyRunning(busy.id(), patience);
  const auto at = reinterpret_cast<std::uintptr_t>(busy.mark());
  ASSERT_GE(at, stack.from);
  const std::size_t index = (at - stack.from) / sizeof(std::uint64_t);
  ASSERT_LT(index + 3, stack.words.size());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(stack.words[index + i], 0x5eed + i);
}

TEST(RunningStack, isAskedOfAll) {
  const Busy one;
  const Busy other;
  std::vector<pid_t> asked;
  for (const RunningStack& stack : copyRunning(patience)) asked.push_back(stack.osThread);
  EXPECT_EQ(asked, (std::vector<pid_t>{one.id(), other.id()}));
}

TEST(RunningStack, isNoneOfWhoIsUnknown) {
  const RunningStack stack = copyRunning(1, patience);
  EXPECT_EQ(stack.osThread, 0);
  EXPECT_TRUE(stack.words.empty());
}

// An OS thread that answers only when it is let go, as one that is in the kernel for long.
class Deaf {
 public:
  Deaf() : thread_([this] { run(); }) { began_.get_future().wait(); }
  ~Deaf() { letGo(); }

  pid_t id() const noexcept { return id_; }
  void awaitQuestion() { asked_.get_future().wait(); }
  void letGo() {
    if (!thread_.joinable()) return;
    ends_.store(true);
    thread_.join();
  }

 private:
  void run() {
    const Interruptible here;
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, Interruptible::signalNumber());
    pthread_sigmask(SIG_BLOCK, &ours, nullptr);
    id_ = gettid();
    began_.set_value();
    for (bool told = false; !ends_.load(); usleep(100)) {
      sigset_t pending;
      sigpending(&pending);
      if (told || sigismember(&pending, Interruptible::signalNumber()) == 0) continue;
      asked_.set_value();
      told = true;
    }
    pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
  }

  std::promise<void> began_;
  std::promise<void> asked_;
  std::atomic<bool> ends_{false};
  pid_t id_ = 0;
  std::thread thread_;
};

TEST(RunningStack, isLeftOutWhereNobodyAnswers) {
  Deaf deaf;
  EXPECT_TRUE(copyRunning(deaf.id(), 10ms).words.empty());
  const Busy busy;
  EXPECT_EQ(copyRunning(busy.id(), patience).osThread, busy.id());
  deaf.letGo();  // it answers now, when nobody asks
  EXPECT_EQ(copyRunning(busy.id(), patience).osThread, busy.id());
}

TEST(RunningStack, isToldByThoseBehindOneThatDoesNotAnswer) {
  const Deaf deaf;
  const Busy busy;
  const std::vector<RunningStack> stacks = copyRunning(4s);
  ASSERT_EQ(stacks.size(), 1U);
  EXPECT_EQ(stacks.front().osThread, busy.id());
}

TEST(RunningStack, keepsNobodyFromEndingWhereAnotherDoesNotAnswer) {
  Deaf deaf;
  auto busy = std::make_unique<Busy>();
  std::atomic<bool> isOver{false};
  std::thread asker([&] {
    copyRunning(deaf.id(), patience);
    isOver.store(true);
  });
  deaf.awaitQuestion();
  busy.reset();
  EXPECT_FALSE(isOver.load());
  deaf.letGo();
  asker.join();
}

// Who is asked while it ends still answers, or is left out.
TEST(RunningStack, isAskedForWhileOsThreadsComeAndGo) {
  std::atomic<bool> isOver{false};
  std::vector<std::thread> coming;
  for (int i = 0; i < 3; ++i) {
    coming.emplace_back([&] {
      while (!isOver.load()) const Interruptible here;
    });
  }
  for (int n = 0; n < 200; ++n) {
    for (const RunningStack& stack : copyRunning(patience)) EXPECT_NE(stack.osThread, 0);
  }
  isOver.store(true);
  for (std::thread& each : coming) each.join();
}

TEST(RunningStack, isAskedForByManyAtOnce) {
  const Busy busy;
  std::atomic<int> answers{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        if (!copyRunning(busy.id(), patience).words.empty()) answers.fetch_add(1);
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(answers.load(), 200);
}

TEST(RunningStack, leavesSignalsOfOthersToTheirHandler) {
  // Signals that were not sent to one OS thread from here are not ours; there was no handler.
  copyRunning(0, patience);
  struct sigaction now = {};
  ASSERT_EQ(sigaction(Interruptible::signalNumber(), nullptr, &now), 0);
  EXPECT_NE(now.sa_handler, SIG_DFL);
  EXPECT_EQ(sigqueue(getpid(), Interruptible::signalNumber(), {}), 0);
}

}  // namespace
}  // namespace troop
