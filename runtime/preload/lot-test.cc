#include "runtime/preload/lot.h"

#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

Deadline afterMillis(long millis) {
  return Deadline::after({0, millis * 1'000'000});
}

void awaitValue(Word& word, std::uint32_t value) {
  for (std::uint32_t seen = 0; (seen = word.load()) != value;) {
    waitOn(word, seen, Deadline(), Interruptible::no);
  }
}

TEST(Lot, aWordThatHasChangedIsNotWaitedFor) {
  Word word{1};
  EXPECT_EQ(waitOn(word, 0, Deadline(), Interruptible::no), Woken::changed);
  PthreadOfTest pthread(
      [&] { EXPECT_EQ(waitOn(word, 0, Deadline(), Interruptible::no), Woken::changed); });
}

TEST(Lot, deadlinesEndWaits) {
  Word word{0};
  EXPECT_EQ(waitOn(word, 0, afterMillis(1), Interruptible::no), Woken::timedOut);
  PthreadOfTest pthread([&] {
    EXPECT_EQ(waitOn(word, 0, afterMillis(1), Interruptible::no), Woken::timedOut);
    const timespec longAgo{1, 0};
    EXPECT_EQ(waitOn(word, 0, Deadline(CLOCK_REALTIME, &longAgo), Interruptible::no),
              Woken::timedOut);
  });
}

// Each of them sees every value of the other, whichever of the two sleeps in the kernel.
void pass(Word& word, std::uint32_t mine) {
  for (std::uint32_t round = 0; round < 2000; round += 2) {
    awaitValue(word, round + mine);
    word.store(round + mine + 1);
    wakeAll(&word);
  }
}

TEST(Lot, tasksAndOsThreadsWakeEachOther) {
  Word word{0};
  PthreadOfTest pthread([&] { pass(word, 1); });
  pass(word, 0);
}

TEST(Lot, tasksWakeEachOther) {
  Word word{0};
  PthreadOfTest one([&] { pass(word, 0); });
  PthreadOfTest other([&] { pass(word, 1); });
}

TEST(Lot, wakeSaysHowMany) {
  Word word{0};
  Word awake{0};
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < 5; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([&] {
      while (waitOn(word, 0, Deadline(), Interruptible::no) != Woken::byOther) {
      }
      awake.fetch_add(1);
    }));
  }
  int woken = 0;
  while (woken < 2) woken += wake(&word, 2 - woken);
  EXPECT_EQ(woken, 2);
  while (woken < 5) woken += wake(&word, INT_MAX);
  EXPECT_EQ(woken, 5);
  pthreads.clear();
  EXPECT_EQ(awake.load(), 5u);
  EXPECT_EQ(wake(&word, INT_MAX), 0);
}

TEST(Lot, interruptsEndTheWaitOfOne) {
  Word word{0};
  PthreadOfTest waits([&] {
    EXPECT_EQ(waitOn(word, 0, Deadline(), Interruptible::byCancellationToo), Woken::interrupted);
    self().interrupts.store(0);
  });
  interrupt(identityOf(waits.id()), Identity::cancelled);
}

TEST(Lot, whatIsNotInterruptibleWaitsOn) {
  Word word{0};
  PthreadOfTest waits([&] {
    while (word.load() == 0) {
      EXPECT_NE(waitOn(word, 0, Deadline(), Interruptible::no), Woken::interrupted);
    }
    self().interrupts.store(0);
  });
  interrupt(identityOf(waits.id()), Identity::cancelled);
  word.store(1);
  wakeAll(&word);
}

TEST(Lot, aChildThatWasForkedForgetsWhoWaited) {
  Word word{0};
  PthreadOfTest waits([&] { awaitValue(word, 1); });
  while (identityOf(waits.id()).parkedAt.load() == nullptr) sched_yield();
  const pid_t child = fork();
  if (child == 0) _exit(wake(&word, INT_MAX));
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  word.store(1);
  wakeAll(&word);
}

TEST(Deadline, saturates) {
  EXPECT_FALSE(Deadline::after({INT64_MAX, 999'999'999}).bounded());
  const timespec far{INT64_MAX, 0};
  EXPECT_EQ(Deadline(CLOCK_MONOTONIC, &far).nanosecondsLeft(), INT64_MAX);
  const timespec past{INT64_MIN, 0};
  EXPECT_EQ(Deadline(CLOCK_MONOTONIC, &past).nanosecondsLeft(), INT64_MIN);
  const timespec wrong{0, 1'000'000'000};
  EXPECT_FALSE(Deadline(CLOCK_MONOTONIC, &wrong).valid());
  EXPECT_TRUE(Deadline(CLOCK_MONOTONIC, nullptr).valid());
}

}  // namespace
}  // namespace troop::preload
