// Troops inside troops: limits of the outer bound the inner, usage adds up.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"
#include "runtime/units.h"

namespace troop {
namespace {

using namespace literals;

Ref<Troop> newTroop(TroopOptions options) {
  return Process::current()->troop(std::move(options));
}

// What `start` throws.
template <typename F>
Error refusalOf(F start) {
  try {
    start();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "it was not refused";
  return Error(ErrorKind::failed, "nothing");
}

TROOP_TEST(Group, memoryAddsUpAndTheLowerLimitWins) {
  const Ref<Troop> acme = newTroop({.name = "acme", .memoryBytesMax = 10_MiB});
  const Ref<Troop> shop = acme->troop({.name = "shop", .memoryBytesMax = 6_MiB});
  const Ref<Troop> wide = acme->troop({.name = "wide", .memoryBytesMax = 100_MiB});
  EXPECT_EQ(shop->group(), acme.get());
  EXPECT_EQ(acme->group(), nullptr);
  const Charge some = shop->memory()->charge(4_MiB).value();
  EXPECT_EQ(shop->memory()->charge(3_MiB).error().reason(), "memory 6 MiB reached");
  const Charge more = wide->memory()->charge(5_MiB).value();
  EXPECT_EQ(acme->memory()->used(), 9_MiB);
  EXPECT_EQ(wide->memory()->charge(2_MiB).error().reason(),
            "memory 10 MiB of troop 'acme' is used up");
  EXPECT_EQ(wide->memory()->remaining(), 1_MiB);
  EXPECT_EQ(acme->memory()->used(), 9_MiB);
}

TROOP_TEST(Group, reservationsAreOfWhatATroopIsIn) {
  const Ref<Troop> acme =
      newTroop({.name = "acme", .memoryBytesMax = 10_MiB, .memoryBytesReserved = 10_MiB});
  const Ref<Troop> shop =
      acme->troop({.name = "shop", .memoryBytesMax = 8_MiB, .memoryBytesReserved = 8_MiB});
  EXPECT_EQ(
      refusalOf([&] { acme->troop({.name = "late", .memoryBytesReserved = 4_MiB}); }).reason(),
      "cannot start 'late': it reserves 4 MiB, and 2 MiB of 10 MiB of troop 'acme' are left; "
      "1 other reserves 8 MiB");
  EXPECT_EQ(acme->memory()->used(), 8_MiB);
}

TROOP_TEST(Group, threadsAndTasksAddUpAndTheLowerLimitWins) {
  const Ref<Troop> acme = newTroop({.name = "acme", .threadsMax = 3, .tasksMax = 4});
  const Ref<Troop> shop = acme->troop({.name = "shop", .threadsMax = 2});
  const Ref<Troop> wide = acme->troop({.name = "wide"});
  Event end;
  std::vector<Ref<Thread>> threads;
  const auto start = [&](const Ref<Troop>& troop) {
    threads.push_back(
        troop->thread({"waits"}, [](Event* event) { event->wait(); }, assumeSendable(&end)));
  };
  start(shop);
  start(shop);
  EXPECT_EQ(refusalOf([&] { start(shop); }).reason(), "troop 'shop' has 2 Threads, its limit");
  start(wide);
  const Error refused = refusalOf([&] { start(wide); });
  EXPECT_EQ(refused.reason(), "troop 'acme' has 3 Threads, its limit");
  EXPECT_EQ(refused.detail(), ErrorDetail::quota);
  EXPECT_EQ(acme->threads(), 3u);
  EXPECT_EQ(wide->threads(), 1u);
  EXPECT_TRUE(threads[2]->post(assumeSendable([&] { end.wait(); })));
  EXPECT_EQ(threads[2]->post([] {}).error().reason(), "troop 'acme' has 4 Tasks, its limit");
  EXPECT_EQ(acme->tasks(), 4u);
  EXPECT_EQ(wide->tasks(), 2u);
  end.set();
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  EXPECT_EQ(acme->threads(), 0u);
  EXPECT_EQ(acme->tasks(), 0u);
  EXPECT_EQ(acme->memory()->used(), 0u);
}

TROOP_TEST(Group, cpuTimeAddsUpAndEndsAllOfIt) {
  const Ref<Troop> acme = newTroop({.name = "acme", .cpuMax = 3s});
  const Ref<Troop> shop = acme->troop({.name = "shop"});
  const Ref<Troop> mill = acme->troop({.name = "mill", .cpuMax = 2s});
  shop->chargeCpu(1s);
  mill->chargeCpu(1s);
  EXPECT_EQ(acme->cpuUsed(), 2s);
  EXPECT_FALSE(acme->killed());
  mill->chargeCpu(1s);
  EXPECT_EQ(mill->cause()->reason(), "CPU time 2 s reached");
  EXPECT_EQ(acme->cause()->reason(), "CPU time 3 s reached");
  EXPECT_EQ(shop->cause()->reason(),
            "troop 'acme', which it is in, was killed: CPU time 3 s reached");
  EXPECT_EQ(shop->cause()->detail(), ErrorDetail::cpu);
}

TROOP_TEST(Group, anInnerTroopDiesAlone) {
  const Ref<Troop> acme = newTroop({.name = "acme"});
  const Ref<Troop> shop = acme->troop({.name = "shop", .cpuMax = 1s});
  const Ref<Troop> mill = acme->troop({.name = "mill"});
  shop->chargeCpu(1s);
  EXPECT_TRUE(shop->killed());
  EXPECT_FALSE(acme->killed());
  EXPECT_TRUE(mill->thread({"goes on"}, [] { yield(); })->join());
}

TROOP_TEST(Group, killingTheOuterUnwindsTheInnermost) {
  const Ref<Troop> acme = newTroop({.name = "acme"});
  const Ref<Troop> shop = acme->troop({.name = "shop"});
  const Ref<Troop> till = shop->troop({.name = "till"});
  const Ref<Thread> waiting = till->thread({"waits"}, [] { Event().wait(); });
  while (till->threads() == 0) yield();
  acme->kill(Error(ErrorKind::failed, "the rent was not paid"));
  EXPECT_EQ(waiting->join().error().reason(),
            "troop 'shop', which it is in, was killed: troop 'acme', which it is in, was killed: "
            "the rent was not paid");
  EXPECT_EQ(acme->threads(), 0u);
  EXPECT_EQ(acme->memory()->used(), 0u);
  EXPECT_EQ(refusalOf([&] { till->thread({"late"}, [] {}); }).detail(), ErrorDetail::killed);
  EXPECT_EQ(refusalOf([&] { acme->troop({.name = "late"}); }).detail(), ErrorDetail::killed);
}

TROOP_TEST(Group, outlivesItsHandleWhileATroopIsInIt) {
  Ref<Troop> shop = newTroop({.name = "acme", .threadsMax = 1})->troop({.name = "shop"});
  EXPECT_EQ(shop->group()->name(), "acme");
  EXPECT_TRUE(shop->thread({"runs"}, [] {})->join());
}

TROOP_TEST(Group, nestsToADepth) {
  std::vector<Ref<Troop>> chain{newTroop({.name = "0"})};
  while (chain.size() < TroopOptions::depthMax) {
    chain.push_back(chain.back()->troop({.name = std::to_string(chain.size())}));
  }
  EXPECT_EQ(refusalOf([&] { chain.back()->troop({.name = "one more"}); }).reason(),
            "troops nest 8 deep at most; '7' is as deep");
  EXPECT_TRUE(chain.back()->thread({"deep"}, [] { yield(); })->join());
}

TROOP_TEST(Group, itsThreadsRunBesideThoseOfTheTroopsInIt) {
  const Ref<Troop> acme = newTroop({.name = "acme"});
  const Ref<Troop> shop = acme->troop({.name = "shop"});
  std::atomic<int> steps{0};
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < 6; ++i) {
    threads.push_back((i % 2 == 0 ? acme : shop)
                          ->thread(
                              {"steps"},
                              [](std::atomic<int>* count) {
                                for (int n = 0; n < 10; ++n) {
                                  ++*count;
                                  yield();
                                }
                              },
                              assumeSendable(&steps)));
  }
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  EXPECT_EQ(steps, 60);
}

TEST(Group, killsRaceWithStartsAndNewTroopsInIt) {
  Process process({.carriers = 2});
  for (int round = 0; round < 100; ++round) {
    const Ref<Troop> acme = process.troop({.name = "acme", .heap = Heap::own});
    std::thread killer([&] { acme->kill(Error(ErrorKind::failed, "raced")); });
    std::vector<Ref<Thread>> threads;
    std::vector<Ref<Troop>> inner;
    try {
      for (int i = 0; i < 10; ++i) {
        inner.push_back(acme->troop({.name = "inner", .threadsMax = 2}));
        for (int n = 0; n < 2; ++n) {
          threads.push_back(inner.back()->thread({"t"}, [] { sleep(1h); }));
        }
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::killed) << error.what();
    }
    killer.join();
    for (const Ref<Thread>& thread : threads) EXPECT_FALSE(thread->join());
    for (const Ref<Troop>& troop : inner) EXPECT_TRUE(troop->killed());
    EXPECT_EQ(acme->threads(), 0u);
    EXPECT_EQ(acme->memory()->used(), 0u);
  }
}

}  // namespace
}  // namespace troop
