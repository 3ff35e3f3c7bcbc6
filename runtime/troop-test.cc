#include "runtime/troop.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>

#include "runtime/channel.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/task.h"
#include "runtime/testing/resident.h"
#include "runtime/units.h"

namespace troop {
namespace {

using namespace literals;

Ref<Troop> newTroop(TroopOptions options) {
  return Process::current()->troop(std::move(options));
}

TROOP_TEST(Troop, killUnwindsItsTasksAtTheirNextWait) {
  const Ref<Troop> victim = newTroop({.name = "victim"});
  std::atomic<int> unwound{0};
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < 5; ++i) {
    threads.push_back(victim->thread(
        {"waits"},
        [](std::atomic<int>* count) {
          struct Unwound {
            std::atomic<int>* count;
            ~Unwound() { ++*count; }
          } const mark{count};
          Event().wait();
        },
        assumeSendable(&unwound)));
  }
  while (victim->threads() < 5) yield();
  sleep(1ms);
  victim->kill(Error(ErrorKind::failed, "first"));
  victim->kill(Error(ErrorKind::failed, "second"));
  for (const Ref<Thread>& thread : threads) {
    const Expected<void> ended = thread->join();
    ASSERT_TRUE(ended.failed());
    EXPECT_EQ(ended.error().reason(), "first");
  }
  EXPECT_TRUE(victim->killed());
  EXPECT_EQ(victim->cause()->reason(), "first");
  EXPECT_EQ(victim->threads(), 0u);
  EXPECT_EQ(victim->tasks(), 0u);
  EXPECT_EQ(victim->memory()->used(), 0u);
}

TROOP_TEST(Troop, killedStartsNothingMore) {
  const Ref<Troop> victim = newTroop({.name = "victim"});
  const Ref<Thread> service = victim->serviceThread("service");
  EXPECT_FALSE(victim->cause());
  victim->kill(Error(ErrorKind::failed, "gone"));
  try {
    victim->thread({"late"}, [] {});
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::disconnected);
    EXPECT_EQ(error.detail(), ErrorDetail::killed);
    EXPECT_EQ(error.reason(), "its troop was killed: gone");
  }
  EXPECT_THROW(victim->serviceThread("late"), Error);
  EXPECT_EQ(service->post([] {}).error().detail(), ErrorDetail::killed);
  EXPECT_TRUE(service->join());
}

TROOP_TEST(Troop, killDropsBodiesThatHaveNotBegun) {
  const Ref<Troop> victim = newTroop({.name = "victim"});
  const Ref<Thread> service = victim->serviceThread("service");
  const auto owned = std::make_shared<int>(1);
  std::atomic<int> ran{0};
  for (int i = 0; i < 10; ++i) {
    service
        ->post(assumeSendable([owned, &ran] {
          ++ran;
          sleep(1h);
        }))
        .value();
  }
  victim->kill(Error(ErrorKind::failed, "gone"));
  EXPECT_FALSE(service->join());
  EXPECT_EQ(owned.use_count(), 1);
}

TROOP_TEST(Troop, isKilledByOneOfItsOwnTasks) {
  const Ref<Troop> victim = newTroop({.name = "victim"});
  const Ref<Thread> suicide = victim->thread({"suicide"}, [] {
    Thread::current()->troop().kill(Error(ErrorKind::failed, "by itself"));
    EXPECT_THROW(yield(), Cancelled);
    sleep(1h);
  });
  EXPECT_EQ(suicide->join().error().reason(), "by itself");
}

TROOP_TEST(Troop, killLeavesOtherTroopsAlone) {
  const Ref<Troop> victim = newTroop({.name = "victim"});
  const Ref<Troop> neighbour = newTroop({.name = "neighbour"});
  auto [sender, receiver] = channel<int>(1);
  const Ref<Thread> producer = victim->thread(
      {"producer"},
      [](Sender<int> out) {
        for (int i = 0;; ++i) out.send(i).value();
      },
      std::move(sender));
  const Ref<Thread> consumer = neighbour->thread(
      {"consumer"},
      [](Receiver<int> in, Troop* producers) {
        for (int i = 0; i < 10; ++i) EXPECT_EQ(in.receive(), i);
        producers->kill(Error(ErrorKind::failed, "enough"));
        while (in.receive()) {
        }
      },
      std::move(receiver), assumeSendable(victim.get()));
  EXPECT_TRUE(consumer->join());
  EXPECT_EQ(producer->join().error().reason(), "enough");
  EXPECT_FALSE(neighbour->killed());
}

TROOP_TEST(Troop, atItsCpuLimitIsKilledWithAReadableCause) {
  const Ref<Troop> busy = newTroop({.name = "busy", .cpuMax = 2ms});
  const Ref<Thread> loop = busy->thread({"loop"}, [] {
    for (;;) yield();
  });
  const Expected<void> ended = loop->join();
  ASSERT_TRUE(ended.failed());
  EXPECT_EQ(ended.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(ended.error().detail(), ErrorDetail::cpu);
  EXPECT_EQ(ended.error().reason(), "CPU time 2 ms reached");
  EXPECT_GE(busy->cpuUsed(), 2ms);
}

TROOP_TEST(Troop, isChargedForCpuUsedOnItsBehalf) {
  const Ref<Troop> guest = newTroop({.name = "guest", .cpuMax = 2s});
  guest->chargeCpu(1s);
  EXPECT_EQ(guest->cpuUsed(), 1s);
  EXPECT_FALSE(guest->killed());
  guest->chargeCpu(1s);
  EXPECT_TRUE(guest->killed());
  EXPECT_EQ(guest->cause()->reason(), "CPU time 2 s reached");
}

TROOP_TEST(Troop, isNotChargedLessThanNothing) {
  const Ref<Troop> guest = newTroop({.name = "guest", .cpuMax = 2s});
  guest->chargeCpu(1s);
  guest->chargeCpu(-5s);
  EXPECT_EQ(guest->cpuUsed(), 1s);
}

TROOP_TEST(Troop, startsNoMoreThreadsAndTasksThanItMay) {
  const Ref<Troop> small = newTroop({.name = "small", .threadsMax = 2, .tasksMax = 3});
  Event end;
  const auto waits = [](Event* event) { event->wait(); };
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < 2; ++i) {
    threads.push_back(small->thread({"waits"}, waits, assumeSendable(&end)));
  }
  try {
    small->thread({"third"}, waits, assumeSendable(&end));
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::quota);
    EXPECT_EQ(error.reason(), "troop 'small' has 2 Threads, its limit");
  }
  EXPECT_TRUE(threads[0]->post(assumeSendable([&] { end.wait(); })));
  const Expected<void> refused = threads[0]->post([] {});
  ASSERT_TRUE(refused.failed());
  EXPECT_EQ(refused.error().reason(), "troop 'small' has 3 Tasks, its limit");
  end.set();
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  EXPECT_TRUE(small->thread({"room again"}, [] {})->join());
}

TROOP_TEST(Troop, startsNoMoreThanItsMemoryCarries) {
  const std::size_t bytes = StackPool::defaultStackBytes * 3;
  const Ref<Troop> small = newTroop({.name = "small", .memoryBytesMax = bytes});
  Event end;
  std::vector<Ref<Thread>> threads;
  try {
    for (int i = 0; i < 4; ++i) {
      threads.push_back(
          small->thread({"waits"}, [](Event* event) { event->wait(); }, assumeSendable(&end)));
    }
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.detail(), ErrorDetail::memory);
    EXPECT_EQ(error.reason(), "memory " + describeBytes(bytes) + " reached");
  }
  EXPECT_EQ(threads.size(), 2u);
  end.set();
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  EXPECT_EQ(small->memory()->used(), 0u);
}

// Not optimised, what is moved from place to place stands on the stack in each of them.
TROOP_TEST_WITH(Troop, paysForTheArgumentsOfItsThreadsAndTasks, .stackBytes = 1 << 20) {
  const auto waits = [](Event* event, std::array<char, 16'000>) { event->wait(); };
  const Ref<Troop> payer = newTroop({.name = "payer"});
  Event end;
  const Ref<Thread> small =
      payer->thread({"small"}, [](Event* event) { event->wait(); }, assumeSendable(&end));
  const std::size_t ofOne = payer->memory()->used();
  const Ref<Thread> large =
      payer->thread({"large"}, waits, assumeSendable(&end), std::array<char, 16'000>());
  EXPECT_GE(payer->memory()->used(), 2 * ofOne + 16'000);
  const std::size_t ofTwo = payer->memory()->used();
  EXPECT_TRUE(large->post(waits, assumeSendable(&end), std::array<char, 16'000>()));
  EXPECT_GE(payer->memory()->used(), ofTwo + 16'000);
  end.set();
  EXPECT_TRUE(small->join());
  EXPECT_TRUE(large->join());
  EXPECT_EQ(payer->memory()->used(), 0u);
}

// What carriers count in advance is in no figure, and keeps nobody from what is free.
TROOP_TEST(Troop, countsExactlyWhatCarriersHaveInAdvance) {
  const Ref<Troop> group = newTroop({.name = "group"});
  const Ref<Troop> inner = group->troop({.name = "inner"});
  const std::size_t before = Process::current()->memory()->used();
  const auto startsMany = [](Troop* own) {
    for (int round = 0; round < 4; ++round) {
      Scope scope;
      for (int i = 0; i < 100; ++i) scope.thread([] {});
      scope.join();
      EXPECT_EQ(own->threads(), 1u);
      EXPECT_EQ(own->tasks(), 1u);
      EXPECT_EQ(own->group()->threads(), 1u);
    }
  };
  EXPECT_TRUE(inner->thread({}, startsMany, assumeSendable(inner.get()))->join());
  EXPECT_EQ(group->threads(), 0u);
  EXPECT_EQ(group->tasks(), 0u);
  EXPECT_EQ(group->memory()->used(), 0u);
  EXPECT_LE(Process::current()->memory()->used(), before);
}

TROOP_TEST(Troop, limitsHoldAndAreReachedHoweverManyThreadsHaveEnded) {
  const Ref<Troop> small = newTroop({.name = "small", .threadsMax = 65});
  const auto fillsIt = [] {
    for (int round = 0; round < 3; ++round) {
      Event end;
      Scope scope;
      const auto waits = [](Event* event) { event->wait(); };
      for (int i = 0; i < 64; ++i) scope.thread(waits, assumeSendable(&end));
      try {
        scope.thread([] {});
        ADD_FAILURE() << "it started one more than it may";
      } catch (const Error& error) {
        EXPECT_EQ(error.detail(), ErrorDetail::quota);
      }
      end.set();
    }
  };
  EXPECT_TRUE(small->thread({}, fillsIt)->join());
  EXPECT_EQ(small->threads(), 0u);
}

TROOP_TEST(Troop, oneThatHasEndedMakesRoomForTheNext) {
  const Ref<Troop> narrow = newTroop({.name = "narrow", .threadsMax = 1, .tasksMax = 1});
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(narrow->thread({}, [] {})->join());
    EXPECT_EQ(narrow->memory()->used(), 0u);
  }
}

TROOP_TEST(Troop, memoryOfThreadsThatHaveEndedIsThereForOthers) {
  const Ref<Troop> troop = newTroop({.name = "small", .memoryBytesMax = 64_MiB});
  const auto usesAll = [](Troop* own) {
    for (int round = 0; round < 3; ++round) {
      {
        Scope scope;
        for (int i = 0; i < 100; ++i) scope.thread([] {});
      }
      const Expected<Charge> all = own->memory()->charge(own->memory()->remaining());
      EXPECT_TRUE(all.succeeded());
      EXPECT_GT(all.value().bytes(), 60_MiB);
      EXPECT_EQ(own->memory()->used(), 64_MiB);
    }
    Scope scope;
    for (int i = 0; i < 100; ++i) scope.thread([] {});
    scope.join();
    own->troop({.name = "inner", .memoryBytesMax = 60_MiB, .memoryBytesReserved = 60_MiB});
  };
  EXPECT_TRUE(troop->thread({}, usesAll, assumeSendable(troop.get()))->join());
  EXPECT_EQ(troop->memory()->used(), 0u);
}

TROOP_TEST(Troop, killedGivesBackWhatCarriersHaveInAdvance) {
  const Ref<Troop> victim = newTroop({.name = "victim", .heap = Heap::own});
  const auto startsForEver = [](Troop* own) {
    (void)own->heap().allocate(100'000);
    for (;;) {
      Scope scope;
      for (int i = 0; i < 50; ++i) scope.thread([] {});
    }
  };
  const Ref<Thread> starter = victim->thread({}, startsForEver, assumeSendable(victim.get()));
  while (victim->memory()->used() < 100'000) yield();
  for (int i = 0; i < 10; ++i) yield();
  victim->kill(Error(ErrorKind::failed, "enough"));
  EXPECT_FALSE(starter->join().succeeded());
  while (victim->threads() != 0) yield();
  EXPECT_EQ(victim->tasks(), 0u);
  EXPECT_EQ(victim->memory()->used(), 0u);
}

TROOP_TEST(Troop, chargesItsProcessAsWell) {
  const Ref<Budget> whole = Process::current()->memory();
  const std::size_t before = whole->used();
  const Ref<Troop> some = newTroop({.name = "some"});
  Expected<Charge> charge = some->memory()->charge(1_MiB);
  ASSERT_TRUE(charge);
  EXPECT_EQ(whole->used(), before + 1_MiB);
}

TROOP_TEST(Troop, withAHeapOfItsOwnIsChargedForItAndGivesItBackWhenItDies) {
  const Ref<Troop> owner = newTroop({.name = "owner", .memoryBytesMax = 4_MiB, .heap = Heap::own});
  const Ref<Thread> hungry = owner->thread({"hungry"}, [] {
    std::pmr::memory_resource& heap = Thread::current()->troop().heap();
    std::pmr::vector<std::pmr::string> kept(&heap);
    for (;;) {
      kept.emplace_back(10'000, 'x');
      yield();
    }
  });
  const Expected<void> ended = hungry->join();
  ASSERT_TRUE(ended.failed());
  EXPECT_EQ(ended.error().reason(), "memory 4 MiB reached");
  EXPECT_FALSE(owner->killed());

  const Ref<Thread> leaking = owner->thread({"leaking"}, [] {
    (void)Thread::current()->troop().heap().allocate(1_MiB);
    Event().wait();
  });
  while (owner->memory()->used() < 1_MiB) yield();
  owner->kill(Error(ErrorKind::failed, "enough"));
  EXPECT_FALSE(leaking->join());
  EXPECT_EQ(owner->memory()->used(), 0u);
  EXPECT_THROW((void)owner->heap().allocate(1), std::bad_alloc);
}

TEST(Troop, thatDiesLeavesNoPageBehindWhoeverStillPointsThere) {
  Process process({.carriers = 2});
  const Ref<Troop> owner = process.troop({.name = "owner", .heap = Heap::own});
  auto [sender, receiver] = channel<std::uintptr_t>(1);
  const Ref<Thread> thread = owner->thread(
      {"shares"},
      [](Sender<std::uintptr_t> out) {
        void* memory = Troop::current()->heap().allocate(64_MiB);
        std::memset(memory, 1, 64_MiB);
        out.send(reinterpret_cast<std::uintptr_t>(memory)).value();
        Event().wait();
      },
      std::move(sender));
  EXPECT_TRUE(receiver.receive());
  const std::size_t full = tests::residentBytes();
  owner->kill(Error(ErrorKind::failed, "enough"));
  EXPECT_FALSE(thread->join());
  EXPECT_LE(tests::residentBytes(), full - 48_MiB);
  EXPECT_EQ(owner->memory()->used(), 0u);
}

TROOP_TEST(Troop, withoutOneAllocatesWhereEverybodyDoes) {
  EXPECT_EQ(&newTroop({.name = "plain"})->heap(), std::pmr::new_delete_resource());
  const Ref<Troop> neverUsed = newTroop({.name = "never used", .heap = Heap::own});
  neverUsed->kill(Error(ErrorKind::failed, "enough"));
  EXPECT_EQ(neverUsed->memory()->used(), 0u);
}

TROOP_TEST(Troop, hasAWeightInRange) {
  EXPECT_THROW(newTroop({.name = "none", .weight = 0}), Error);
  EXPECT_THROW(newTroop({.name = "much", .weight = 10'001}), Error);
  EXPECT_EQ(newTroop({.name = "most", .weight = 10'000})->weight(), 10'000u);
}

TEST(Troop, killsRaceWithStartsFromOsThreads) {
  Process process({.carriers = 2});
  for (int round = 0; round < 100; ++round) {
    const Ref<Troop> victim = process.troop({.name = "victim"});
    std::thread killer([&] { victim->kill(Error(ErrorKind::failed, "raced")); });
    std::vector<Ref<Thread>> threads;
    try {
      for (int i = 0; i < 20; ++i) threads.push_back(victim->thread({"t"}, [] { sleep(1h); }));
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::killed);
    }
    killer.join();
    for (const Ref<Thread>& thread : threads) EXPECT_FALSE(thread->join());
    EXPECT_EQ(victim->memory()->used(), 0u);
  }
}

// A guest as the layer above makes them.
class Guest final : public Runnable {
 public:
  explicit Guest(Ref<Troop> troop) : Runnable(std::move(troop)) {}
  bool measuresOwnCpu() const noexcept override { return true; }
  std::atomic<bool> told{false};

 private:
  Progress runSlice() noexcept override {
    if (told) return Progress::finished;
    troop().chargeCpu(1ms);
    return Progress::ready;
  }
  void troopKilled() noexcept override { told = true; }
};

TROOP_TEST(Troop, guestsThatMeasureThemselvesReachTheirLimit) {
  const Ref<Troop> troop = newTroop({.name = "guest", .cpuMax = 50ms});
  const Ref<Guest> guest = makeRef<Guest>(troop);
  guest->wake();
  while (!guest->told) yield();
  EXPECT_EQ(troop->cpuUsed(), 50ms);
  EXPECT_EQ(troop->cause()->reason(), "CPU time 50 ms reached");
}

}  // namespace
}  // namespace troop
