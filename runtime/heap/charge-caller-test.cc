#include "runtime/heap/charge-caller.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/async/future.h"
#include "runtime/channel.h"
#include "runtime/process.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/units.h"

namespace troop {
namespace {

using namespace literals;

std::size_t usedHere() {
  return Troop::current()->memory()->used();
}

TROOP_TEST(ChargeCaller, takesFromTheTroopOfTheTaskUntilItIsDestroyed) {
  const std::size_t before = usedHere();
  {
    const Charge charge = chargeCaller(1000);
    EXPECT_EQ(usedHere(), before + 1000);
  }
  EXPECT_EQ(usedHere(), before);
}

TEST(ChargeCaller, costsNobodyAnythingOutsideOfTasks) {
  EXPECT_EQ(chargeCaller(1000).bytes(), 0u);
}

TROOP_TEST(ChargeCaller, isToldBeyondTheLimit) {
  const Ref<Troop> small =
      Process::current()->troop({.name = "small", .memoryBytesMax = 1_MiB, .memoryLentPerCall = 0});
  const Ref<Thread> asks = small->thread({"asks"}, [] { (void)chargeCaller(2_MiB); });
  EXPECT_EQ(asks->join().error().reason(), "memory 1 MiB reached");
}

TROOP_TEST(ChargeCaller, paysForTheRoomOfAChannelInFull) {
  const std::size_t before = usedHere();
  {
    auto [sender, receiver] = channel<std::uint64_t>(10'000);
    EXPECT_GE(usedHere(), before + 80'000);
    const std::size_t empty = usedHere();
    for (std::uint64_t i = 0; i < 10'000; ++i) sender.trySend(std::uint64_t{i}).value();
    EXPECT_EQ(usedHere(), empty);
  }
  EXPECT_EQ(usedHere(), before);
}

TROOP_TEST(ChargeCaller, paysForEachPlaceOfAChannelWhatItTakes) {
  const auto paid = [](std::size_t capacity) {
    const std::size_t before = usedHere();
    const auto ends = channel<std::uint64_t>(capacity);
    return usedHere() - before;
  };
  EXPECT_GT(paid(1), sizeof(std::uint64_t));
  EXPECT_EQ(paid(1001), paid(1) + 8000);
}

TROOP_TEST(ChargeCaller, refusesAbsurdRoom) {
  EXPECT_THROW((void)channel<std::uint64_t>(unlimited), Error);
  EXPECT_THROW((void)channel<std::uint64_t>(unlimited / 8), Error);
}

TROOP_TEST(ChargeCaller, paysForThePlaceOfAFuturesValue) {
  const std::size_t before = usedHere();
  {
    const auto both = future<int>();
    EXPECT_GE(usedHere(), before + sizeof(both.first));
  }
  EXPECT_EQ(usedHere(), before);
}

// Who sends to a troop that has nothing left is not refused: its queue is paid for.
TROOP_TEST(ChargeCaller, failsInTheTroopThatAsksAndNowhereElse) {
  const Ref<Troop> greedy = Process::current()->troop({.name = "greedy", .memoryBytesMax = 1_MiB});
  auto [ends, received] = channel<Sender<int>>(1);
  const Ref<Thread> hoards = greedy->thread(
      {"hoards"},
      [](Sender<Sender<int>> out) {
        auto [sender, receiver] = channel<int>(100);
        std::vector<Charge> hoard;
        EXPECT_THROW(for (;;) hoard.push_back(chargeCaller(1000)), Error);
        EXPECT_THROW((void)channel<int>(1000), Error);
        out.send(std::move(sender)).value();
        {
          const Sender<Sender<int>> last = std::move(out);
        }
        for (int i = 0; i < 100; ++i) EXPECT_EQ(receiver.receive(), i);
      },
      std::move(ends));
  {
    Sender<int> toGreedy = *received.receive();
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(toGreedy.send(i));
      const Charge own = chargeCaller(100'000);
    }
  }
  EXPECT_TRUE(hoards->join());
  EXPECT_EQ(greedy->memory()->used(), 0u);
}

}  // namespace
}  // namespace troop
