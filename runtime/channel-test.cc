#include "runtime/channel.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

TROOP_TEST(Channel, deliversInOrderThenEnds) {
  auto [sender, receiver] = channel<int>(3);
  Scope scope;
  scope.task([out = std::move(sender)]() mutable {
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(out.send(i));
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(receiver.receive(), i);
  EXPECT_EQ(receiver.receive(), std::nullopt);
  EXPECT_EQ(receiver.receiveUntil(never).error().kind(), ErrorKind::disconnected);
}

TROOP_TEST(Channel, holdsNoMoreThanItsCapacity) {
  auto [sender, receiver] = channel<int>(2);
  int sent = 0;
  Scope scope;
  scope.task([&, out = sender]() mutable {
    for (; sent < 10; ++sent) out.send(int{sent}).value();
  });
  for (int received = 0; received < 10; ++received) {
    sleep(1ms);
    EXPECT_LE(sent, received + 2);
    EXPECT_EQ(receiver.receive(), received);
  }
}

TROOP_TEST(Channel, pingPongsBetweenThreads) {
  auto [toOther, fromHere] = channel<int>(1);
  auto [toHere, fromOther] = channel<int>(1);
  Scope scope;
  scope.thread(
      [](Receiver<int> in, Sender<int> out) {
        while (std::optional<int> value = in.receive()) out.send(*value + 1).value();
      },
      std::move(fromHere), std::move(toHere));
  for (int i = 0; i < 100; ++i) {
    toOther.send(i).value();
    EXPECT_EQ(fromOther.receive(), i + 1);
  }
  {
    const Sender<int> last = std::move(toOther);
  }
  EXPECT_EQ(fromOther.receive(), std::nullopt);
}

TROOP_TEST(Channel, losesAndDoublesNothingBetweenMany) {
  constexpr int producers = 4, each = 50;
  auto [sender, receiver] = channel<int>(3);
  auto [sums, total] = channel<int>(8);
  Scope scope;
  for (int p = 0; p < producers; ++p) {
    scope.thread(
        [](Sender<int> out, int producer) {
          for (int i = 0; i < each; ++i) out.send(producer * each + i).value();
        },
        sender, p);
  }
  {
    const Sender<int> last = std::move(sender);
  }
  for (int c = 0; c < 3; ++c) {
    scope.thread(
        [](Receiver<int> in, Sender<int> out) {
          int sum = 0;
          while (std::optional<int> value = in.receive()) sum += *value;
          out.send(sum).value();
        },
        receiver, sums);
  }
  {
    const Receiver<int> last = std::move(receiver);
  }
  int sum = 0;
  for (int c = 0; c < 3; ++c) sum += *total.receive();
  EXPECT_EQ(sum, producers * each * (producers * each - 1) / 2);
}

TROOP_TEST(Channel, servesThoseWhoWaitInOrder) {
  auto [sender, receiver] = channel<int>(1);
  std::vector<int> order;
  Scope scope;
  Event started[3];
  for (int i = 0; i < 3; ++i) {
    scope.task([&, i, in = receiver]() mutable {
      started[i].set();
      EXPECT_TRUE(in.receive());
      order.push_back(i);
    });
    started[i].wait();
    sleep(1ms);  // it waits now
  }
  for (int i = 0; i < 3; ++i) {
    sender.send(i).value();
    // Whoever comes now must not take what was promised.
    EXPECT_TRUE(receiver.tryReceive().failed());
    sleep(1ms);
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TROOP_TEST(Channel, failsSendersWhenTheLastReceiverGoes) {
  auto [sender, receiver] = channel<std::string>(1);
  sender.send("stays").value();
  Scope scope;
  scope.task([out = sender]() mutable {
    const Expected<void> sent = out.send("waits");
    ASSERT_TRUE(sent.failed());
    EXPECT_EQ(sent.error().kind(), ErrorKind::disconnected);
    EXPECT_EQ(sent.error().executed(), Executed::no);
  });
  scope.task([in = std::move(receiver)] { sleep(1ms); });
  scope.join();
  EXPECT_EQ(sender.send("late").error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(sender.trySend("late").error().kind(), ErrorKind::disconnected);
}

TROOP_TEST(Channel, endsReceiversThatWaitWhenTheLastSenderGoes) {
  auto [sender, receiver] = channel<int>(1);
  int ended = 0;
  Scope scope;
  for (int i = 0; i < 3; ++i) {
    scope.task([&, in = receiver]() mutable {
      while (in.receive()) {
      }
      ++ended;
    });
  }
  scope.task([out = std::move(sender)]() mutable {
    sleep(1ms);
    out.send(1).value();
  });
  scope.join();
  EXPECT_EQ(ended, 3);
}

TROOP_TEST(Channel, waitsNoLongerThanTheDeadline) {
  auto [sender, receiver] = channel<int>(1);
  EXPECT_EQ(receiver.receiveUntil(after(1ms)).error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(receiver.tryReceive().error().detail(), ErrorDetail::quota);
  sender.send(1).value();
  EXPECT_EQ(sender.send(2, after(1ms)).error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(sender.trySend(2).error().reason(), "the channel is full (1 values)");
  EXPECT_EQ(receiver.tryReceive().value(), 1);
}

TROOP_TEST(Channel, losesNothingWhenWaitsTimeOutAsValuesArrive) {
  auto [sender, receiver] = channel<int>(1);
  int received = 0;
  Scope scope;
  scope.task([&, in = receiver]() mutable {
    for (;;) {
      const Expected<int> value = in.receiveUntil(after(3us));
      if (value) {
        ++received;
      } else if (value.error().kind() == ErrorKind::disconnected) {
        break;
      }
    }
  });
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    if (sender.send(i, after(2us))) ++sent;
    sleep((i % 5) * 1us);
  }
  {
    const Sender<int> last = std::move(sender);
  }
  scope.join();
  EXPECT_EQ(received, sent);
}

// A copy or move that throws must not lose the place that was meant for the value.
struct Brittle {
  int value = 0;
  bool throws = false;
  Brittle(int number, bool willThrow) : value(number), throws(willThrow) {}
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): throws on purpose
  Brittle(Brittle&& other) : value(other.value), throws(other.throws) {
    if (throws && --fuse == 0) throw std::runtime_error("does not move");
  }
  static inline int fuse = 0;
};

// One that has received gets on with what else is there; that is still no room.
TROOP_TEST(Channel, countsWhatItsOnlyReceiverHasNotReceivedYet) {
  auto [sender, receiver] = channel<int>(3);
  for (int i = 0; i < 3; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  EXPECT_TRUE(sender.trySend(3).succeeded());
  EXPECT_TRUE(sender.trySend(4).failed());
  EXPECT_EQ(receiver.receive(), 1);
  EXPECT_TRUE(sender.trySend(4).succeeded());
  EXPECT_TRUE(sender.trySend(5).failed());
  for (int i = 2; i < 5; ++i) EXPECT_EQ(receiver.receive(), i);
}

TROOP_TEST(Channel, sharesWhatItsOnlyReceiverHasNotReceivedYet) {
  auto [sender, receiver] = channel<int>(4);
  for (int i = 0; i < 4; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  Receiver<int> other = receiver;
  EXPECT_EQ(other.receive(), 1);
  EXPECT_EQ(receiver.receive(), 2);
  sender.send(4).value();
  EXPECT_EQ(other.receive(), 3);
  EXPECT_EQ(receiver.receive(), 4);
  EXPECT_TRUE(other.tryReceive().failed());
}

// Each value frees the place of the one that waits, also where the receiver takes no lock for it.
TROOP_TEST(Channel, letsSendersOnWhileItsReceiverHasMore) {
  auto [sender, receiver] = channel<int>(2);
  for (int i = 0; i < 2; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  sender.send(2).value();
  Event sent;
  Scope scope;
  scope.task([&out = sender, &sent] {
    out.send(3).value();
    sent.set();
  });
  yield();
  EXPECT_EQ(receiver.receive(), 1);
  sent.wait();
  EXPECT_EQ(receiver.receive(), 2);
  EXPECT_EQ(receiver.receive(), 3);
}

TROOP_TEST(Channel, keepsItsPlacesWhenAMoveThrows) {
  auto [sender, receiver] = channel<Brittle>(1);
  Brittle::fuse = 1;
  Brittle bad(0, true);
  EXPECT_THROW((void)sender.trySend(std::move(bad)), std::runtime_error);
  EXPECT_TRUE(sender.trySend(Brittle(1, false)));
  EXPECT_EQ(receiver.receive()->value, 1);
  EXPECT_TRUE(sender.trySend(Brittle(2, false)));
  EXPECT_TRUE(receiver.tryReceive());
  EXPECT_TRUE(receiver.tryReceive().failed());
}

// Its slots are used again and again, with and without a batch at the front.
TROOP_TEST(Channel, keepsOrderAndEveryValueAsItsRingGoesRound) {
  for (std::size_t capacity = 1; capacity <= 4; ++capacity) {
    auto [sender, receiver] = channel<std::shared_ptr<int>>(capacity);
    std::vector<std::shared_ptr<int>> sent;
    std::size_t received = 0;
    for (std::size_t round = 0; round < 20; ++round) {
      while (sent.size() < received + capacity - round % capacity) {
        sent.push_back(std::make_shared<int>(static_cast<int>(sent.size())));
        EXPECT_TRUE(sender.trySend(std::shared_ptr<int>(sent.back())));
      }
      const std::size_t leaves = round % 2;
      while (received + leaves < sent.size()) EXPECT_EQ(receiver.receive(), sent[received++]);
    }
    {
      const auto last = std::move(receiver);
    }
    for (const std::shared_ptr<int>& value : sent) EXPECT_EQ(value.use_count(), 1);
  }
}

struct alignas(256) Aligned {
  int value = 0;
  explicit Aligned(int number) : value(number) { check(); }
  Aligned(Aligned&& other) noexcept : value(other.value) {
    check();
    other.check();
  }
  ~Aligned() { check(); }
  void check() const {
    const void* address = this;
    asm volatile("" : "+r"(address));  // or the compiler takes it for granted
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address) % alignof(Aligned), 0u);
  }
};

TROOP_TEST(Channel, putsValuesWhereTheirAlignmentWantsThem) {
  auto [sender, receiver] = channel<Aligned>(3);
  for (int i = 0; i < 7; ++i) {
    EXPECT_TRUE(sender.trySend(Aligned(i)));
    EXPECT_TRUE(sender.trySend(Aligned(i)));
    EXPECT_EQ(receiver.receive()->value, i);
    EXPECT_EQ(receiver.receive()->value, i);
  }
  sender.send(Aligned(7)).value();
}

// What is destroyed with the last Receiver may use the channel itself.
TROOP_TEST(Channel, destroysWhatUsesIt) {
  struct Cycle {
    explicit Cycle(const Sender<std::unique_ptr<Cycle>>& mine) : sender(mine) {}
    Sender<std::unique_ptr<Cycle>> sender;
    ~Cycle() { EXPECT_TRUE(sender.trySend(nullptr).failed()); }
  };
  auto [sender, receiver] = channel<std::unique_ptr<Cycle>>(2);
  for (int i = 0; i < 2; ++i) sender.send(std::make_unique<Cycle>(sender)).value();
  {
    const auto last = std::move(receiver);
  }
  EXPECT_TRUE(sender.trySend(nullptr).failed());
}

TROOP_TEST(Channel, destroysWhatNobodyReceived) {
  const auto owned = std::make_shared<int>(1);
  {
    auto [sender, receiver] = channel<std::shared_ptr<int>>(4);
    sender.send(owned).value();
    sender.send(owned).value();
    EXPECT_EQ(owned.use_count(), 3);
    {
      const auto last = std::move(receiver);
    }
    EXPECT_EQ(owned.use_count(), 1);
  }
  {
    auto [sender, receiver] = channel<std::shared_ptr<int>>(4);
    sender.send(owned).value();
    {
      const auto last = std::move(sender);
    }
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Channel, hasRoomForAtLeastOneValue) {
  EXPECT_THROW(channel<int>(0), Error);
}

TEST(Channel, isRefusedMoreRoomThanThereIs) {
  struct Large {
    std::byte bytes[std::size_t{1} << 32];
  };
  const auto refusal = [](auto make) -> std::string {
    try {
      make();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::overloaded);
      EXPECT_EQ(error.detail(), ErrorDetail::memory);
      return error.reason();
    }
    return "none";
  };
  EXPECT_EQ(refusal([] { (void)channel<char>(std::size_t{1} << 32); }),
            "a channel cannot have room for 4294967296 values");
  EXPECT_EQ(refusal([] { (void)channel<Large*>(~std::size_t{0}); }),
            "a channel cannot have room for 18446744073709551615 values");
  EXPECT_EQ(refusal([] { (void)channel<Large>((std::size_t{1} << 31) + 1); }),
            "a channel cannot have room for 2147483649 values");
}

TEST(Channel, carriesBetweenOsThreadsAndTasks) {
  Process process({.carriers = 2});
  auto [sender, receiver] = channel<int>(2);
  auto [answers, answered] = channel<int>(2);
  std::vector<std::thread> osThreads;
  for (int i = 0; i < 3; ++i) {
    osThreads.emplace_back([out = sender]() mutable {
      for (int n = 0; n < 500; ++n) EXPECT_TRUE(out.send(1));
    });
  }
  {
    const auto last = std::move(sender);
  }
  const Ref<Thread> adder = process.root().thread(
      {"adder"},
      [](Receiver<int> in, Sender<int> out) {
        int sum = 0;
        while (std::optional<int> value = in.receive()) sum += *value;
        out.send(sum).value();
      },
      std::move(receiver), std::move(answers));
  EXPECT_EQ(answered.receive(), 1500);
  for (std::thread& osThread : osThreads) osThread.join();
  EXPECT_TRUE(adder->join());
}

}  // namespace
}  // namespace troop
