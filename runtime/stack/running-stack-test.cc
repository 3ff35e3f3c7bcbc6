#include "runtime/stack/running-stack.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
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

TEST(RunningStack, isLeftOutWhereNobodyAnswers) {
  std::promise<void> ends;
  std::promise<pid_t> began;
  std::thread deaf([&] {
    const Interruptible here;
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, Interruptible::signalNumber());
    pthread_sigmask(SIG_BLOCK, &ours, nullptr);
    began.set_value(gettid());
    ends.get_future().wait();
    // It answers now, when nobody asks.
    pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
  });
  const pid_t id = began.get_future().get();
  EXPECT_TRUE(copyRunning(id, 10ms).words.empty());
  const Busy busy;
  EXPECT_EQ(copyRunning(busy.id(), patience).osThread, busy.id());
  ends.set_value();
  deaf.join();
  EXPECT_EQ(copyRunning(busy.id(), patience).osThread, busy.id());
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
