#include "runtime/sched/work-stealing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

#include "runtime/sched/test-runnables.h"

namespace troop {
namespace {

// Moves on only when told, so that what is asserted counts work and not time.
class ManualClock final : public Clock {
 public:
  Time now() const noexcept override { return Time(Duration(now_.load())); }
  void advance(Duration duration) noexcept { now_ += duration.count(); }

 private:
  std::atomic<Duration::rep> now_{1};
};

// One carrier, on which every slice takes as long as it says.
class OneCarrier : public testing::Test {
 protected:
  ~OneCarrier() override {
    scheduler_->drain();
    scheduler_->stop();
  }

  // Busy until `slices_` are used up; counts its own in `count`.
  Ref<TestRunnable> busy(const Ref<TestShare>& share, std::atomic<int>& count,
                         Duration cost = 100us) {
    return makeRef<TestRunnable>(share, [this, &count, cost] {
      if (slicesLeft_ == 0) return Progress::finished;
      --slicesLeft_;
      ++count;
      clock_.advance(cost);
      return Progress::ready;
    });
  }

  // Holds the carrier until all are queued.
  void startTogether(const std::vector<Ref<TestRunnable>>& runnables) {
    const Ref<TestShare> gatekeeper = makeRef<TestShare>(scheduler_, 1);
    std::latch holding(1), queued(1);
    const Ref<TestRunnable> gate = makeRef<TestRunnable>(gatekeeper, [&] {
      holding.count_down();
      queued.wait();
      return Progress::finished;
    });
    gate->wake();
    holding.wait();
    for (const Ref<TestRunnable>& r : runnables) r->wake();
    queued.count_down();
    scheduler_->drain();
  }

  Ref<TestShare> share(unsigned weight = Share::defaultWeight, Ref<Share> outer = nullptr) {
    return makeRef<TestShare>(scheduler_, weight, std::move(outer));
  }

  void SetUp() override { scheduler_->start(nullptr); }

  ManualClock clock_;
  const Ref<WorkStealing> scheduler_ = makeRef<WorkStealing>(1, clock_);
  std::atomic<int> slicesLeft_{0};
};

TEST_F(OneCarrier, tenThousandOfOneTroopTakeNoMoreThanItsHalf) {
  const Ref<TestShare> crowd = share();
  const Ref<TestShare> single = share();
  std::atomic<int> crowdSlices{0}, singleSlices{0};
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 10'000; ++i) all.push_back(busy(crowd, crowdSlices));
  all.push_back(busy(single, singleSlices));
  slicesLeft_ = 20'000;
  startTogether(all);
  EXPECT_NEAR(singleSlices, 10'000, 1'000);
  EXPECT_EQ(crowdSlices + singleSlices, 20'000);
}

TEST_F(OneCarrier, sharesByWeight) {
  const Ref<TestShare> light = share(100);
  const Ref<TestShare> heavy = share(300);
  std::atomic<int> lightSlices{0}, heavySlices{0};
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 3; ++i) all.push_back(busy(light, lightSlices));
  all.push_back(busy(heavy, heavySlices));
  slicesLeft_ = 8'000;
  startTogether(all);
  EXPECT_NEAR(lightSlices, 2'000, 200);
  EXPECT_NEAR(heavySlices, 6'000, 600);
}

TEST_F(OneCarrier, sharesByWeightBetweenGroupsThenWithinThem) {
  const Ref<TestShare> single = share(100);
  const Ref<TestShare> group = share(300);
  const Ref<TestShare> light = share(100, group), heavy = share(200, group);
  std::atomic<int> singleSlices{0}, lightSlices{0}, heavySlices{0};
  std::vector<Ref<TestRunnable>> all{busy(single, singleSlices), busy(heavy, heavySlices)};
  for (int i = 0; i < 10; ++i) all.push_back(busy(light, lightSlices));
  slicesLeft_ = 8'000;
  startTogether(all);
  EXPECT_NEAR(singleSlices, 2'000, 200);
  EXPECT_NEAR(lightSlices, 2'000, 200);
  EXPECT_NEAR(heavySlices, 4'000, 400);
}

TEST_F(OneCarrier, givesAGroupNoMoreForBeingMany) {
  const Ref<TestShare> single = share(), group = share();
  std::atomic<int> singleSlices{0}, groupSlices{0};
  std::vector<Ref<TestRunnable>> all{busy(single, singleSlices)};
  for (int i = 0; i < 50; ++i) {
    const Ref<TestShare> within = share(Share::defaultWeight, group);
    all.push_back(busy(share(1 + i, within), groupSlices));
    all.push_back(busy(share(10'000, within), groupSlices));
  }
  slicesLeft_ = 10'000;
  startTogether(all);
  EXPECT_NEAR(singleSlices, 5'000, 500);
  EXPECT_NEAR(groupSlices, 5'000, 500);
}

// Each wakes the next one and parks, so that only one of them is ever ready: each is new to the
// carrier, the group is not.
TEST_F(OneCarrier, givesAGroupNoMoreForTakingTurns) {
  const Ref<TestShare> single = share(), group = share();
  std::atomic<int> singleSlices{0}, groupSlices{0};
  constexpr std::size_t members = 20;
  std::vector<Ref<TestRunnable>> ring(members);
  for (std::size_t i = 0; i < members; ++i) {
    ring[i] = makeRef<TestRunnable>(share(Share::defaultWeight, group), [&, i] {
      TestRunnable& next = *ring[(i + 1) % members];
      if (slicesLeft_ == 0) {
        if (i + 1 < members) next.wake();
        return Progress::finished;
      }
      --slicesLeft_;
      ++groupSlices;
      clock_.advance(100us);
      next.wake();
      return Progress::parked;
    });
  }
  slicesLeft_ = 10'000;
  startTogether({busy(single, singleSlices), ring[0]});
  // Wherever in the ring the slices ran out, the others end as well.
  for (const Ref<TestRunnable>& member : ring) member->wake();
  EXPECT_NEAR(singleSlices, 5'000, 500);
  EXPECT_NEAR(groupSlices, 5'000, 500);
}

TEST_F(OneCarrier, servesWhatAGroupRunsItselfInTurnWithThoseInIt) {
  const Ref<TestShare> group = share();
  const Ref<TestShare> member = share(300, group);
  std::atomic<int> ownSlices{0}, memberSlices{0};
  slicesLeft_ = 8'000;
  startTogether({busy(group, ownSlices), busy(group, ownSlices), busy(member, memberSlices)});
  EXPECT_NEAR(ownSlices, 2'000, 200);
  EXPECT_NEAR(memberSlices, 6'000, 600);
}

TEST_F(OneCarrier, idlingWithinAGroupSavesUpNothing) {
  const Ref<TestShare> group = share();
  const Ref<TestShare> worker = share(100, group), sleeper = share(100, group);
  std::atomic<int> workerSlices{0}, sleeperSlices{0}, workedBefore{0};
  const Ref<TestRunnable> late = busy(sleeper, sleeperSlices);
  const Ref<TestRunnable> first = makeRef<TestRunnable>(worker, [&] {
    if (slicesLeft_ == 0) return Progress::finished;
    --slicesLeft_;
    if (++workerSlices == 5'000) {
      workedBefore = workerSlices.load();
      late->wake();
    }
    clock_.advance(100us);
    return Progress::ready;
  });
  slicesLeft_ = 7'000;
  startTogether({first});
  EXPECT_NEAR(workerSlices - workedBefore, 1'000, 100);
  EXPECT_NEAR(sleeperSlices, 1'000, 100);
}

TEST_F(OneCarrier, sharesTimeNotSlices) {
  const Ref<TestShare> shortSlices = share();
  const Ref<TestShare> longSlices = share();
  std::atomic<int> shorts{0}, longs{0};
  slicesLeft_ = 5'500;
  startTogether({busy(shortSlices, shorts, 100us), busy(longSlices, longs, 1ms)});
  EXPECT_NEAR(shorts, 5'000, 500);
  EXPECT_NEAR(longs, 500, 50);
}

// They hand the carrier over to each other, within one slice.
TEST_F(OneCarrier, aPingPongPairTakesNoMoreThanItsShare) {
  const Ref<TestShare> pair = share(100), single = share(300);
  std::atomic<int> pairSlices{0}, singleSlices{0};
  Ref<TestThread> ping, pong;
  const auto strikes = [&](Ref<TestThread>& other) {
    return [&] {
      other->wake();
      if (slicesLeft_ == 0) return Progress::finished;
      --slicesLeft_;
      ++pairSlices;
      clock_.advance(100us);
      return Progress::parked;
    };
  };
  ping = makeRef<TestThread>(pair, strikes(pong));
  pong = makeRef<TestThread>(pair, strikes(ping));
  slicesLeft_ = 8'000;
  std::latch holding(1), queued(1);
  const Ref<TestRunnable> gate = makeRef<TestRunnable>(share(1), [&] {
    holding.count_down();
    queued.wait();
    return Progress::finished;
  });
  gate->wake();
  holding.wait();
  ping->wake();
  const Ref<TestRunnable> other = busy(single, singleSlices);
  other->wake();
  queued.count_down();
  scheduler_->drain();
  EXPECT_NEAR(pairSlices, 2'000, 200);
  EXPECT_NEAR(singleSlices, 6'000, 600);
}

TEST_F(OneCarrier, servesTheYoungestThreadFirstButNotForLong) {
  const Ref<TestShare> troop = share();
  std::vector<int> order;
  constexpr int old = -1, youngest = 39;
  const Ref<TestRunnable> waiting = makeRef<TestRunnable>(troop, [&] {
    order.push_back(old);
    return Progress::finished;
  });
  std::vector<Ref<TestThread>> young;
  for (int i = 0; i <= youngest; ++i) {
    young.push_back(makeRef<TestThread>(troop, [&order, i] {
      order.push_back(i);
      return Progress::finished;
    }));
  }
  startTogether({makeRef<TestRunnable>(troop, [&] {
    waiting->wake();
    for (const Ref<TestThread>& thread : young) thread->wake();
    return Progress::finished;
  })});
  ASSERT_EQ(order.size(), young.size() + 1);
  EXPECT_EQ(order.front(), youngest);
  EXPECT_EQ(order.back(), 0);
  EXPECT_LT(std::find(order.begin(), order.end(), old) - order.begin(), 20);
}

TEST_F(OneCarrier, whoHasOthersServeItGetsNoMoreThanItsShare) {
  const Ref<TestShare> flooder = share(), plain = share();
  std::atomic<int> flooderSlices{0}, servedSlices{0}, plainSlices{0};
  std::vector<Ref<TestRunnable>> all{busy(flooder, flooderSlices), busy(plain, plainSlices)};
  // Ten servers whose own virtual time never grows.
  for (int i = 0; i < 10; ++i) {
    all.push_back(makeRef<TestRunnable>(
        share(),
        [&, this] {
          if (slicesLeft_ == 0) return Progress::finished;
          --slicesLeft_;
          ++servedSlices;
          clock_.advance(100us);
          flooder->chargeCpu(100us);
          return Progress::ready;
        },
        flooder));
  }
  slicesLeft_ = 10'000;
  startTogether(all);
  EXPECT_NEAR(plainSlices, 5'000, 100);
  EXPECT_NEAR(flooderSlices + servedSlices, 5'000, 100);
  EXPECT_NEAR(flooderSlices, 5'000.0 / 11, 50);  // in turn with those that work for it
}

TEST_F(OneCarrier, whoHelpsAServerOnHasHadWhatItDoesMeanwhile) {
  const Ref<TestShare> flooder = share(), accomplice = share(), plain = share();
  std::atomic<int> servedSlices{0}, plainSlices{0};
  // Its caller has had more than its share for long; the accomplice does nothing but wait.
  flooder->chargeCpu(1h);
  const Ref<TestRunnable> server = makeRef<TestRunnable>(
      share(),
      [&, this] {
        if (slicesLeft_ == 0) return Progress::finished;
        --slicesLeft_;
        ++servedSlices;
        clock_.advance(100us);
        TestRunnable::chargeHelper(*flooder, 100us);
        flooder->chargeCpu(100us);
        return Progress::ready;
      },
      accomplice);
  slicesLeft_ = 10'000;
  startTogether({busy(plain, plainSlices), server});
  EXPECT_NEAR(plainSlices, 5'000, 100);
  EXPECT_NEAR(servedSlices, 5'000, 100);
}

TEST_F(OneCarrier, idlingSavesUpNothing) {
  const Ref<TestShare> worker = share();
  const Ref<TestShare> sleeper = share();
  std::atomic<int> workerSlices{0}, sleeperSlices{0};
  const Ref<TestRunnable> late = busy(sleeper, sleeperSlices);
  std::atomic<int> workedBefore{0};
  const Ref<TestRunnable> first = makeRef<TestRunnable>(worker, [&] {
    if (slicesLeft_ == 0) return Progress::finished;
    --slicesLeft_;
    if (++workerSlices == 5'000) {
      workedBefore = workerSlices.load();
      late->wake();
    }
    clock_.advance(100us);
    return Progress::ready;
  });
  slicesLeft_ = 7'000;
  startTogether({first});
  EXPECT_NEAR(workerSlices - workedBefore, 1'000, 100);
  EXPECT_NEAR(sleeperSlices, 1'000, 100);
}

TEST_F(OneCarrier, oneThatWakesRarelyRunsNext) {
  std::atomic<int> busySlices{0};
  std::vector<Ref<TestShare>> shares;
  std::vector<Ref<TestRunnable>> all;
  std::atomic<int> wokenAt{0}, worstDelay{0}, answers{0};
  const Ref<TestShare> rare = share();
  const Ref<TestRunnable> answering = makeRef<TestRunnable>(rare, [&] {
    worstDelay = std::max(worstDelay.load(), busySlices - wokenAt);
    ++answers;
    clock_.advance(10us);
    return slicesLeft_ == 0 ? Progress::finished : Progress::parked;
  });
  for (int i = 0; i < 50; ++i) {
    shares.push_back(share());
    all.push_back(makeRef<TestRunnable>(shares.back(), [&] {
      if (slicesLeft_ == 0) {
        answering->wake();
        return Progress::finished;
      }
      --slicesLeft_;
      clock_.advance(1ms);
      if (++busySlices % 100 == 0) {
        wokenAt = busySlices.load();
        answering->wake();
      }
      return Progress::ready;
    }));
  }
  slicesLeft_ = 10'000;
  startTogether(all);
  EXPECT_GE(answers, 100);
  EXPECT_LE(worstDelay, 1);
}

TEST_F(OneCarrier, runsOneWokenWhileItRunsAgain) {
  const Ref<TestShare> troop = share();
  std::atomic<int> slices{0};
  Ref<TestRunnable> self;
  self = makeRef<TestRunnable>(troop, [&] {
    if (++slices == 3) return Progress::finished;
    self->wake();
    return Progress::parked;
  });
  startTogether({self});
  EXPECT_EQ(slices, 3);
  self->wake();
  EXPECT_EQ(self->slices(), 3u);
}

TEST_F(OneCarrier, tellsEachRunnableOfAKillOnce) {
  const Ref<TestShare> troop = share();
  const auto untilKilled = [&] { return troop->killed() ? Progress::finished : Progress::parked; };
  const Ref<TestRunnable> parked = makeRef<TestRunnable>(troop, untilKilled);
  const Ref<TestRunnable> neverWoken = makeRef<TestRunnable>(troop, untilKilled);
  const Ref<TestRunnable> wokenLater = makeRef<TestRunnable>(troop, untilKilled);
  parked->wake();
  EXPECT_TRUE(troop->kill());
  EXPECT_FALSE(troop->kill());
  scheduler_->drain();
  EXPECT_EQ(parked->timesTold(), 1);
  EXPECT_EQ(neverWoken->timesTold(), 0);
  wokenLater->wake();
  scheduler_->drain();
  EXPECT_EQ(wokenLater->timesTold(), 1);
  EXPECT_EQ(wokenLater->slices(), 1u);
}

TEST_F(OneCarrier, forgetsAParkedRunnableThatNobodyHolds) {
  const Ref<TestShare> troop = share();
  Ref<TestRunnable> abandoned = makeRef<TestRunnable>(troop, [] { return Progress::parked; });
  abandoned->wake();
  abandoned.reset();
  scheduler_->drain();  // would wait for ever
}

TEST(WorkStealing, dropsWhatIsWokenAfterItsEnd) {
  const SteadyClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(2, clock);
  scheduler->start(nullptr);
  const Ref<TestShare> troop = makeRef<TestShare>(scheduler, 100);
  int slices = 0;
  const Ref<TestRunnable> late = makeRef<TestRunnable>(troop, [&] {
    ++slices;
    return Progress::finished;
  });
  scheduler->stop();
  late->wake();
  late->wake();
  EXPECT_EQ(slices, 0);
}

TEST(WorkStealing, runsOnEveryCarrierAndMigrates) {
  const SteadyClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(2, clock);
  scheduler->start(nullptr);
  const Ref<TestShare> troop = makeRef<TestShare>(scheduler, 100);
  // Each runnable goes on until both carriers have run something and one has migrated.
  std::atomic<std::uint64_t> carriersSeen{0};
  std::atomic<bool> migrated{false};
  std::vector<Ref<TestRunnable>> all(8);
  for (Ref<TestRunnable>& own : all) {
    own = makeRef<TestRunnable>(troop, [&own, &carriersSeen, &migrated] {
      carriersSeen |= std::uint64_t{1} << current()->carrier;
      if (own->migrations() > 0) migrated = true;
      return carriersSeen == 3 && migrated ? Progress::finished : Progress::ready;
    });
  }
  for (const Ref<TestRunnable>& r : all) r->wake();
  scheduler->drain();
  const std::vector<CarrierStatistics> statistics = scheduler->statistics();
  ASSERT_EQ(statistics.size(), 2u);
  EXPECT_GT(statistics[0].slices, 0u);
  EXPECT_GT(statistics[1].slices, 0u);
  EXPECT_GT(statistics[0].steals + statistics[1].steals, 0u);
  scheduler->stop();
}

// What is handed over does not wait for one that goes on without waiting.
TEST(WorkStealing, takesWhatWasHandedOverFromOneThatComputes) {
  const SteadyClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(2, clock);
  scheduler->start(nullptr);
  const Ref<TestShare> troop = makeRef<TestShare>(scheduler, 100);
  std::atomic<int> asked{0}, answered{0};
  std::atomic<bool> over{false};
  const Ref<TestThread> server = makeRef<TestThread>(troop, [&] {
    answered = asked.load();
    return over ? Progress::finished : Progress::parked;
  });
  const Ref<TestThread> client = makeRef<TestThread>(troop, [&] {
    for (int question = 1; question <= 20; ++question) {
      asked = question;
      server->wake();
      while (answered < question) std::this_thread::yield();
    }
    return Progress::finished;
  });
  server->wake();
  client->wake();
  while (client->slices() == 0 || asked < 20 || answered < 20) std::this_thread::yield();
  over = true;
  server->wake();
  scheduler->drain();
  scheduler->stop();
}

// Each wake() is answered by a slice that sees what was written before it, whoever wakes.
TEST(WorkStealing, losesNoWakeUp) {
  const SteadyClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(2, clock);
  scheduler->start(nullptr);
  const Ref<TestShare> troop = makeRef<TestShare>(scheduler, 100);
  std::atomic<int> asked{0}, answered{0};
  std::atomic<bool> over{false};
  const Ref<TestRunnable> server = makeRef<TestRunnable>(troop, [&] {
    answered.store(asked.load());
    answered.notify_all();
    return over ? Progress::finished : Progress::parked;
  });
  const auto awaitAnswerTo = [&](int question) {
    for (int seen = answered; seen < question; seen = answered) answered.wait(seen);
  };
  for (int round = 1; round <= 300; ++round) {
    asked = round;
    server->wake();
    awaitAnswerTo(round);
  }
  constexpr int wakers = 3, wakesEach = 20'000;
  std::vector<std::thread> osThreads;
  for (int i = 0; i < wakers; ++i) {
    osThreads.emplace_back([&] {
      for (int n = 0; n < wakesEach; ++n) {
        ++asked;
        server->wake();
      }
    });
  }
  for (std::thread& osThread : osThreads) osThread.join();
  awaitAnswerTo(300 + wakers * wakesEach);
  over = true;
  server->wake();
  scheduler->drain();
  scheduler->stop();
}

TEST(WorkStealing, losesNoWakeUpAndNoCountOfThoseThatMoveUp) {
  const SteadyClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(2, clock);
  scheduler->start(nullptr);
  std::vector<Ref<TestShare>> payers;
  for (int i = 0; i < 4; ++i) payers.push_back(makeRef<TestShare>(scheduler, 100));
  std::atomic<int> asked{0}, answered{0};
  std::atomic<bool> over{false};
  std::vector<Ref<TestRunnable>> servers;
  for (int i = 0; i < 6; ++i) {
    servers.push_back(makeRef<TestRunnable>(
        payers[0],
        [&, i] {
          payers[i % 4]->chargeCpu(10us);
          const int seen = asked;
          for (int before = answered; before < seen;) {
            if (answered.compare_exchange_weak(before, seen)) break;
          }
          answered.notify_all();
          return over ? Progress::finished : Progress::parked;
        },
        payers[i % 4]));
  }
  constexpr int wakers = 3, wakesEach = 10'000;
  std::vector<std::thread> osThreads;
  for (int i = 0; i < wakers; ++i) {
    osThreads.emplace_back([&, i] {
      for (int n = 0; n < wakesEach; ++n) {
        ++asked;
        servers[(n + i) % 6]->wakeFor(*payers[n % 4]);
      }
    });
  }
  for (std::thread& osThread : osThreads) osThread.join();
  for (int seen = answered; seen < wakers * wakesEach; seen = answered) answered.wait(seen);
  over = true;
  for (const Ref<TestRunnable>& server : servers) server->wakeFor(*payers[3]);
  scheduler->drain();
  scheduler->stop();
  // Nobody counts as active any more, at whoever's place it was.
  for (const Ref<TestShare>& payer : payers) EXPECT_TRUE(payer->becameActive());
}

TEST(WorkStealing, firesTimersWhileAllCarriersSleep) {
  const SteadyClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(2, clock);
  scheduler->start(nullptr);
  std::atomic<int> fired{0};
  for (int i = 1; i <= 50; ++i) {
    scheduler->timers().call(clock.now() + i * 100us, [&] {
      ++fired;
      fired.notify_all();
    });
  }
  for (int seen = fired; seen != 50; seen = fired) fired.wait(seen);
  scheduler->stop();
}

}  // namespace
}  // namespace troop
