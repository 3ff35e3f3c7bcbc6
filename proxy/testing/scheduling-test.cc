// Calls between Threads and troops under every scheduler: on one carrier, on two, and simulated,
// once for each seed.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/membrane.h"
#include "proxy/promised.h"
#include "proxy/testing/counter.h"
#include "proxy/testing/endpoints.h"
#include "runtime/channel.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::proxy {
namespace {

using namespace testing;

// Appends what it is given, giving way before; waits until it is cancelled when asked.
class Recorder final : public Counter::Target {
 public:
  explicit Recorder(std::shared_ptr<std::vector<std::int64_t>> seen) : seen_(std::move(seen)) {}

  std::int64_t add(std::int64_t number) override {
    seen_->push_back(number);
    yield();
    return number + 1;
  }
  Capability child(std::string) override {
    yield();
    return serve(Ref<Thread>::share(Thread::current()), std::make_shared<Recorder>(seen_));
  }
  void wait() override { sleep(forever); }

 private:
  const std::shared_ptr<std::vector<std::int64_t>> seen_;
};

// A Recorder in a troop of its own.
struct Served {
  std::shared_ptr<std::vector<std::int64_t>> seen = std::make_shared<std::vector<std::int64_t>>();
  Ref<Troop> troop = Process::current()->troop({.name = "served"});
  Ref<Thread> thread = troop->serviceThread("recorder");
  Counter counter{serve(thread, std::make_shared<Recorder>(seen), {.name = "recorder"})};
};

// Whether the numbers of each hundred come in their order.
void expectOrderWithinHundreds(const std::vector<std::int64_t>& seen, std::size_t count) {
  EXPECT_EQ(seen.size(), count);
  std::vector<std::int64_t> last(10, -1);
  for (const std::int64_t number : seen) {
    EXPECT_GT(number, last.at(number / 100));
    last.at(number / 100) = number;
  }
}

TROOP_TEST(Scheduling, callersKeepTheirOrder) {
  const Served served;
  {
    Scope scope;
    for (std::int64_t caller = 0; caller < 3; ++caller) {
      scope.thread(
          [](Counter counter, std::int64_t first) {
            std::vector<Promise<Counter::AddResults>> promises;
            for (std::int64_t i = 0; i < 5; ++i) promises.push_back(counter.add(first + i));
            for (std::int64_t i = 0; i < 5; ++i) {
              EXPECT_EQ(promises[i].get()->sum, first + i + 1);
            }
          },
          served.counter, caller * 100);
    }
  }
  expectOrderWithinHundreds(*served.seen, 15);
}

TROOP_TEST(Scheduling, callersKeepTheirOrderWhilePromisesAreResolved) {
  const Served served;
  const auto membrane = makeRef<Membrane>("recorder");
  auto [first, resolveFirst] = promiseCapability("first");
  auto [second, resolveSecond] = promiseCapability("second");
  {
    Scope scope;
    for (std::int64_t caller = 0; caller < 3; ++caller) {
      scope.thread(
          [](Counter counter, std::int64_t number) {
            std::vector<Promise<Counter::AddResults>> promises;
            for (std::int64_t i = 0; i < 5; ++i) {
              promises.push_back(counter.add(number + i));
              yield();
            }
            for (const auto& promise : promises) EXPECT_TRUE(promise.get().succeeded());
          },
          Counter(first), caller * 100);
    }
    scope.thread([](Resolver resolver, Capability target) { resolver.resolve(target); },
                 std::move(resolveFirst), membrane->wrap(second));
    scope.thread([](Resolver resolver, Capability target) { resolver.resolve(target); },
                 std::move(resolveSecond), served.counter.capability());
  }
  expectOrderWithinHundreds(*served.seen, 15);
}

TROOP_TEST(Scheduling, resultsAreUsedBeforeTheyArrive) {
  const Served served;
  const auto promise = served.counter.child("a").counter().child("b").counter().add(7);
  EXPECT_EQ(promise.get()->sum, 8);
}

TROOP_TEST(Scheduling, timeoutCancelsTheCallAndTheTask) {
  const Served served;
  EXPECT_EQ(served.counter.wait().get(20ms).error().detail(), ErrorDetail::deadline);
  while (served.troop->tasks() != 0) sleep(1ms);
}

TROOP_TEST(Scheduling, deadlineOfAScopeReachesTheCallee) {
  const Served served;
  try {
    Scope scope{{.deadline = 20ms}};
    (void)served.counter.wait().get();
    ADD_FAILURE() << "answered";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
  while (served.troop->tasks() != 0) sleep(1ms);
}

TROOP_TEST(Scheduling, cancellingAScopeCancelsItsCalls) {
  const Served served;
  inScope({}, [&](Scope& scope) {
    for (int i = 0; i < 3; ++i) {
      scope.task([&] {
        (void)served.counter.wait().get();
        ADD_FAILURE() << "answered";
      });
    }
    yield();
    scope.cancel();
  });
  while (served.troop->tasks() != 0) sleep(1ms);
}

TROOP_TEST(Scheduling, killingATroopFailsItsCallsWhereverTheyAre) {
  const Served served;
  std::vector<Promise<Counter::AddResults>> adding;
  Scope scope;
  scope.task([&] {
    sleep(std::chrono::microseconds(3));
    served.troop->kill(Error(ErrorKind::disconnected, "enough", ErrorDetail::killed));
  });
  const auto waiting = served.counter.wait();
  for (int i = 0; i < 5; ++i) adding.push_back(served.counter.child("x").counter().add(i));
  EXPECT_EQ(waiting.get().error().detail(), ErrorDetail::killed);
  for (const auto& promise : adding) {
    const auto results = promise.get();
    if (results.failed()) EXPECT_EQ(results.error().kind(), ErrorKind::disconnected);
  }
  EXPECT_EQ(served.counter.add(1).get().error().kind(), ErrorKind::disconnected);
}

TROOP_TEST(Scheduling, revokingFailsCallsWhereverTheyAre) {
  const Served served;
  const auto membrane = makeRef<Membrane>("recorder");
  const Counter counter(membrane->wrap(served.counter.capability()));
  {
    Scope scope;
    for (int caller = 0; caller < 2; ++caller) {
      scope.thread(
          [](Counter target) {
            for (int i = 0; i < 5; ++i) {
              const auto results = target.child("x").counter().add(i).get();
              if (results.failed()) EXPECT_EQ(results.error().detail(), ErrorDetail::revoked);
            }
          },
          counter);
    }
    scope.thread(
        [](Ref<Membrane> revoked) {
          sleep(std::chrono::microseconds(20));
          revoked->revoke("now");
        },
        membrane);
  }
  EXPECT_EQ(counter.add(1).get().error().detail(), ErrorDetail::revoked);
  EXPECT_TRUE(served.counter.add(1).get().succeeded());
}

TROOP_TEST(Scheduling, targetsDieWhenNobodyHoldsThem) {
  Served served;
  const std::weak_ptr<std::vector<std::int64_t>> seen = served.seen;
  served.seen.reset();
  EXPECT_EQ(served.counter.add(1).get()->sum, 2);
  EXPECT_FALSE(seen.expired());
  served.counter = Counter();
  while (!seen.expired()) sleep(1ms);
}

}  // namespace
}  // namespace troop::proxy
