#include "runtime/sharing/holding.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/text.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop {

struct Witness {
  Witness(Atomic<int> left, int number) : left(std::move(left)), number(number) {
    this->left.add(1);
  }
  Witness(const Witness&) = delete;
  ~Witness() { left.subtract(1); }
  Atomic<int> left;
  int number;
};
template <>
struct IsFreezable<Witness> : FreezableMembers<&Witness::left, &Witness::number> {};

struct Chain {
  std::optional<Frozen<Chain>> next;
};
template <>
struct IsFreezable<Chain> : FreezableMembers<&Chain::next> {};

namespace {

using Shared = Frozen<Witness>;

// Threads make, copy, send on, keep and drop: whatever they do, nothing is left in the end, and
// nothing goes that somebody has.
TROOP_TEST(Holding, countsRightWhateverThreadsDo) {
  const Atomic<int> left = Atomic<int>::make(0);
  constexpr int threads = 4;
  {
    std::vector<Sender<Shared>> senders;
    std::vector<Receiver<Shared>> receivers;
    for (int i = 0; i < threads; ++i) {
      auto [sender, receiver] = channel<Shared>(1000);
      senders.push_back(sender);
      receivers.push_back(receiver);
    }
    Scope scope;
    for (int i = 0; i < threads; ++i) {
      scope.thread(
          [](Atomic<int> count, int self, std::vector<Sender<Shared>> to, Receiver<Shared> from) {
            std::vector<Shared> kept;
            for (int step = 0; step < 60; ++step) {
              kept.push_back(Shared::make(count, step));
              const std::vector<Shared> copies(3, kept[step % kept.size()]);
              to[(self + step) % threads].send(copies.back()).value();
              if (const Expected<Shared> received = from.tryReceive()) {
                Expected<Shared> copy = received;
                kept.push_back(std::move(copy).value());
              }
              if (step % 5 == self) kept.erase(kept.begin());
              for (const Shared& each : kept) EXPECT_LT(each->number, 60);
              if (step % 7 == 0) yield();
            }
          },
          left, i, senders, receivers[i]);
    }
  }
  EXPECT_EQ(left.get(), 0);
}

TROOP_TEST(Holding, ofAThreadIsGoneAfterTheSliceInWhichItsLastReferenceWent) {
  const Atomic<int> left = Atomic<int>::make(0);
  auto [sender, receiver] = channel<Shared>(1);
  auto [copied, copies] = channel<Shared>(1);
  Event dropped, done;
  Scope scope;
  scope.thread(
      [](Receiver<Shared> from, Sender<Shared> to, Event* gone, Event* end) {
        {
          const std::optional<Shared> received = from.receive();
          to.send(*received).value();
          const std::vector<Shared> more(10, *received);
        }
        gone->set();
        end->wait();
      },
      receiver, copied, assumeSendable(&dropped), assumeSendable(&done));
  Shared mine = Shared::make(left, 1);
  sender.send(mine).value();
  std::optional<Shared> back = copies.receive();
  dropped.wait();
  {
    const Shared last = std::move(mine);
  }
  EXPECT_EQ(left.get(), 1);
  back.reset();  // counted by the other Thread, which waits
  while (left.get() != 0) yield();
  done.set();
}

TROOP_TEST(Holding, outlivesItsThread) {
  const Atomic<int> left = Atomic<int>::make(0);
  auto [sender, receiver] = channel<Shared>(1);
  const Shared mine = Shared::make(left, 7);
  {
    Scope scope;
    scope.thread([](Sender<Shared> to, Shared given) { to.send(given).value(); }, sender, mine);
  }
  std::optional<Shared> copy = receiver.receive();
  EXPECT_EQ((*copy)->number, 7);
  copy.reset();
  EXPECT_EQ(left.get(), 1);
}

TROOP_TEST(Holding, chargesATroopOnceHoweverManyOfItsThreadsCopy) {
  constexpr std::size_t bytes = 100'000;
  constexpr int threads = 5;
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  const Ref<Budget> memory = other->memory();
  Event begin, enough;
  const Text text = std::string(bytes, 'x');
  auto [copied, copies] = channel<int>(threads);
  std::vector<Ref<Thread>> readers;
  for (int i = 0; i < threads; ++i) {
    readers.push_back(other->thread(
        {},
        [](Text given, Sender<int> to, Event* start, Event* end) {
          start->wait();
          const std::vector<Text> more(10, given);
          to.send(1).value();
          end->wait();
        },
        text, copied, assumeSendable(&begin), assumeSendable(&enough)));
  }
  const std::size_t ofThreads = memory->used();
  begin.set();
  for (int i = 0; i < threads; ++i) copies.receive();
  const std::size_t used = memory->used() - ofThreads;
  enough.set();
  for (const Ref<Thread>& reader : readers) reader->join().value();
  EXPECT_EQ(memory->used(), 0);
  EXPECT_GE(used, bytes);
  EXPECT_LT(used, 2 * bytes);
}

TROOP_TEST(Holding, isRefusedToATroopThatCannotPay) {
  static constexpr std::size_t bytes = std::size_t{512} << 10;
  const Ref<Troop> poor = Process::current()->troop({.name = "poor", .memoryBytesMax = bytes});
  const Text text = std::string(bytes, 'x');
  poor->thread(
          {},
          [](Text given) {
            try {
              const std::vector<Text> copies(2, given);
              ADD_FAILURE() << "a troop of 512 KiB has as much and a Thread";
            } catch (const Error& error) {
              EXPECT_EQ(error.detail(), ErrorDetail::memory);
            }
            EXPECT_EQ(given.size(), bytes);
          },
          text)
      ->join()
      .value();
  EXPECT_EQ(poor->memory()->used(), 0);
}

TROOP_TEST(Holding, ofAChainOfAnyLengthIsDroppedWithoutItsStack) {
  Frozen<Chain> chain = freeze(Chain{});
  for (int i = 0; i < 2'000; ++i) chain = freeze(Chain{.next = std::move(chain)});
  EXPECT_TRUE(chain->next);
}

TEST(Holding, isOfOsThreadsAsWell) {
  const Atomic<int> left = Atomic<int>::make(0);
  {
    Process process({.carriers = 2});
    const Shared mine = Shared::make(left, 1);
    std::thread osThread([copy = mine] {
      for (int i = 0; i < 1000; ++i) const std::vector<Shared> copies(3, copy);
    });
    process.run([&] {
      for (int i = 0; i < 1000; ++i) const std::vector<Shared> copies(3, mine);
    });
    osThread.join();
    EXPECT_EQ(left.get(), 1);
  }
  EXPECT_EQ(left.get(), 0);
}

}  // namespace
}  // namespace troop
