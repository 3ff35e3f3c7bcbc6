// What must hold whatever runs at once: each call is settled once, no sender's calls change their
// order, nothing is leaked. OS threads and Tasks of two carriers work on the same objects.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "proxy/membrane.h"
#include "proxy/promised.h"
#include "proxy/target.h"
#include "proxy/testing/counter.h"
#include "proxy/testing/endpoints.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::proxy {
namespace {

using namespace testing;

constexpr std::uint64_t senders = 4;

std::uint64_t stamp(std::uint64_t sender, std::uint64_t sequence) {
  return sender << 32 | sequence;
}

// Answers at once, and remembers whether each sender's calls came in order.
class OrderWitness final : public Endpoint {
 public:
  void call(Call call) noexcept override {
    const std::uint64_t number = numberOf(call.params);
    {
      const std::lock_guard lock(mutex_);
      std::uint64_t& next = next_[number >> 32];
      if ((number & 0xffffffff) != next) ++disorder_;
      ++next;
    }
    Message params = std::move(call.params);
    call.settle(std::move(params));
  }

  std::size_t disorder() const {
    const std::lock_guard lock(mutex_);
    return disorder_;
  }
  std::uint64_t arrived() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& [sender, count] : next_) sum += count;
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::uint64_t> next_;
  std::size_t disorder_ = 0;
};

// Runs body(index) on `count` OS threads at once.
template <typename F>
void onThreads(std::uint64_t count, F body) {
  std::atomic<std::uint64_t> ready{0};
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      while (ready.load() < count) std::this_thread::yield();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Concurrency, sendersKeepTheirOrderWhilePromisesAreResolved) {
  for (int round = 0; round < 50; ++round) {
    const auto witness = makeRef<OrderWitness>();
    const auto membrane = makeRef<Membrane>("between");
    auto [first, resolveFirst] = promiseCapability("first");
    auto [second, resolveSecond] = promiseCapability("second");
    std::atomic<std::uint64_t> settled{0};
    constexpr std::uint64_t calls = 100;
    onThreads(senders + 2, [&](std::uint64_t index) {
      if (index == senders) {
        std::this_thread::yield();
        return resolveFirst.resolve(membrane->wrap(second));
      }
      if (index == senders + 1) {
        std::this_thread::yield();
        return resolveSecond.resolve(Capability(witness));
      }
      for (std::uint64_t i = 0; i < calls; ++i) {
        const Ref<Answer> answer = first.call(anyMethod, numbered(stamp(index, i)));
        answer->onSettled([&, answer] { settled += answer->result().succeeded(); });
      }
    });
    EXPECT_EQ(witness->disorder(), 0u);
    EXPECT_EQ(witness->arrived(), senders * calls);
    EXPECT_EQ(settled.load(), senders * calls);
  }
}

TEST(Concurrency, takingTheResultDoesNotOvertakeThePipeline) {
  for (int round = 0; round < 300; ++round) {
    const auto witness = makeRef<OrderWitness>();
    const auto keeper = makeRef<Keeper>();
    const Ref<Answer> answer = Capability(keeper).call(anyMethod, numbered(0));
    onThreads(2, [&](std::uint64_t index) {
      if (index == 1) return keeper->take().settle(numbered(0, {Capability(witness)}));
      const Capability promised = answer->pipeline({0});
      std::uint64_t i = 0;
      while (i < 20) promised.call(anyMethod, numbered(stamp(0, i++)));
      answer->wait();
      const Capability taken = answer->result().value().root().capability(0);
      while (i < 40) taken.call(anyMethod, numbered(stamp(0, i++)));
    });
    EXPECT_EQ(witness->disorder(), 0u);
    EXPECT_EQ(witness->arrived(), 40u);
  }
}

TEST(Concurrency, oneOfManyWhoSettleWins) {
  for (int round = 0; round < 500; ++round) {
    const auto answer = makeRef<Answer>();
    std::atomic<int> callbacks{0};
    std::atomic<int> cancels{0};
    answer->onSettled([&] { ++callbacks; });
    answer->onCancel([&](const Error&) { ++cancels; });
    onThreads(3, [&](std::uint64_t index) {
      if (index == 0) answer->settle(numbered(7));
      if (index == 1) answer->cancel(Error(ErrorKind::failed, "no", ErrorDetail::cancelled));
      if (index == 2) {
        answer->onSettled([&] { ++callbacks; });
        answer->wait();
      }
    });
    EXPECT_EQ(callbacks.load(), 2);
    EXPECT_EQ(cancels.load(), answer->result().failed() ? 1 : 0);
  }
}

TEST(Concurrency, pipelinesAreDroppedUsedAndSettledAtOnce) {
  for (int round = 0; round < 300; ++round) {
    const auto object = makeRef<Echo>();
    const auto keeper = makeRef<Keeper>();
    std::atomic<int> settled{0};
    {
      const Ref<Answer> answer = Capability(keeper).call(anyMethod, numbered(0));
      auto interest = std::make_unique<Interest>(answer);
      onThreads(3, [&](std::uint64_t index) {
        if (index == 0) return keeper->take().settle(numbered(0, {Capability(object)}));
        if (index == 1) return interest.reset();
        for (int i = 0; i < 10; ++i) {
          const Ref<Answer> queued = answer->pipeline({0}).call(anyMethod, numbered(1));
          queued->onSettled([&, queued] { ++settled; });
          if (i % 3 == 0) queued->cancel(Error(ErrorKind::failed, "no", ErrorDetail::cancelled));
        }
      });
    }
    EXPECT_EQ(settled.load(), 10);
  }
}

TEST(Concurrency, capabilitiesAreCopiedAndDroppedEverywhere) {
  std::atomic<int> destroyed{0};
  {
    auto keeper = makeRef<Keeper>();
    keeper->onDestroy = [&] { ++destroyed; };
    const Capability shared(std::move(keeper));
    onThreads(senders, [&](std::uint64_t) {
      std::vector<Capability> held;
      for (int i = 0; i < 2000; ++i) {
        held.push_back(shared);
        if (i % 7 == 0) held.clear();
      }
    });
    EXPECT_EQ(destroyed.load(), 0);
  }
  EXPECT_EQ(destroyed.load(), 1);
}

TEST(Concurrency, promisesResolvedToEachOtherFail) {
  for (int round = 0; round < 300; ++round) {
    auto [first, resolveFirst] = promiseCapability("first");
    auto [second, resolveSecond] = promiseCapability("second");
    onThreads(2, [&](std::uint64_t index) {
      if (index == 0) resolveFirst.resolve(second);
      if (index == 1) resolveSecond.resolve(first);
    });
    EXPECT_EQ(textOf(first.call(anyMethod, numbered(1))->result()),
              "failed: the promise was resolved to itself");
    EXPECT_EQ(textOf(second.call(anyMethod, numbered(1))->result()),
              "failed: the promise was resolved to itself");
  }
}

TEST(Concurrency, membranesAreRevokedWhileCallsPass) {
  for (int round = 0; round < 200; ++round) {
    const auto payer = makeRef<Budget>();
    std::atomic<int> settled{0};
    std::atomic<int> passed{0};
    constexpr int calls = 50;
    std::uint64_t counted = 0;
    {
      const auto membrane = makeRef<Membrane>("revoked", payer);
      const Capability wrapped = membrane->wrap(Capability(makeRef<Echo>()));
      onThreads(senders, [&](std::uint64_t index) {
        for (int i = 0; i < calls; ++i) {
          if (index == 0 && i == calls / 2) membrane->revoke("now");
          const Ref<Answer> answer =
              wrapped.call(anyMethod, numbered(1, {wrapped, Capability(makeRef<Echo>())}));
          answer->onSettled([&, answer] {
            ++settled;
            passed += answer->result().succeeded();
          });
        }
      });
      counted = membrane->callsPassed() + membrane->callsRefused();
    }
    EXPECT_EQ(settled.load(), int(senders) * calls);
    EXPECT_EQ(counted, senders * calls);
    EXPECT_EQ(payer->used(), 0u);
  }
}

// Adds up, and gives the Thread away in between.
class Adder final : public Counter::Target {
 public:
  std::int64_t add(std::int64_t number) override {
    yield();
    return sum_ += number;
  }
  Capability child(std::string) override {
    return serve(Ref<Thread>::share(Thread::current()), std::make_shared<Adder>());
  }
  void wait() override { sleep(forever); }

 private:
  std::int64_t sum_ = 0;
};

TEST(Concurrency, tasksAndOsThreadsCallTheSameTarget) {
  Process process({.carriers = 2});
  const Counter adder(serve(process.root().serviceThread("adder"), std::make_shared<Adder>()));
  const auto membrane = makeRef<Membrane>("adder");
  const Counter wrapped(membrane->wrap(adder.capability()));
  constexpr int calls = 300;
  const auto use = [&](const Counter& counter) {
    for (int i = 0; i < calls; ++i) ASSERT_TRUE(counter.add(1).get().succeeded());
  };
  std::thread first([&] { use(adder); });
  std::thread second([&] { use(wrapped); });
  process.run([&] {
    Scope scope;
    for (int i = 0; i < 4; ++i) {
      scope.thread(
          [](Counter counter, int times) {
            for (int j = 0; j < times; ++j) {
              EXPECT_TRUE(counter.child("x").counter().add(1).get().succeeded());
              EXPECT_TRUE(counter.add(1).get().succeeded());
            }
          },
          i % 2 == 0 ? adder : wrapped, calls);
    }
  });
  first.join();
  second.join();
  EXPECT_EQ(adder.add(0).get()->sum, 6 * calls);
  EXPECT_EQ(membrane->callsPassed(), std::uint64_t{calls * 7});
}

TEST(Concurrency, troopsAreKilledWhileCalled) {
  for (int round = 0; round < 20; ++round) {
    Process process({.carriers = 2});
    const Ref<Troop> troop = process.troop({.name = "victim"});
    const Counter adder(serve(troop->serviceThread("adder"), std::make_shared<Adder>()));
    std::atomic<int> answered{0};
    onThreads(3, [&](std::uint64_t index) {
      if (index == 0) {
        EXPECT_TRUE(adder.add(1).get().succeeded() || troop->cause());
        troop->kill(Error(ErrorKind::disconnected, "enough", ErrorDetail::killed));
        return;
      }
      for (int i = 0; i < 50; ++i) {
        const auto waiting = adder.wait();
        const auto adding = adder.child("x").counter().add(1);
        const Expected<Counter::AddResults> sum = adding.get();
        if (sum.failed()) EXPECT_EQ(sum.error().kind(), ErrorKind::disconnected);
        if (troop->cause()) EXPECT_TRUE(waiting.get().failed());
        ++answered;
      }
    });
    EXPECT_EQ(answered.load(), 100);
  }
}

}  // namespace
}  // namespace troop::proxy
