#include "proxy/target.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "proxy/testing/counter.h"
#include "proxy/testing/endpoints.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::proxy {
namespace {

using namespace testing;

// What the tests see of a Target that lives in a Thread.
struct Witness {
  std::atomic<int> destroyed{0};
  std::atomic<bool> destroyedInItsThread{false};
  std::atomic<int> waiting{0};
  std::atomic<int> cancelled{0};
  Event open;  // lets wait() return
};

class CounterTarget final : public Counter::Target {
 public:
  explicit CounterTarget(Witness& witness) : witness_(witness) {}
  ~CounterTarget() override {
    witness_.destroyedInItsThread = Thread::current() != nullptr;
    ++witness_.destroyed;
  }

  std::int64_t add(std::int64_t number) override {
    if (number == 1)
      throw Error(ErrorKind::overloaded, "not one", ErrorDetail::quota, Executed::no);
    if (number == 2) throw std::invalid_argument("not two");
    if (number == 3) throw 3;
    yield();  // others may run in between
    return sum_ += number;
  }
  Capability child(std::string name) override {
    return serve(Ref<Thread>::share(Thread::current()), std::make_shared<CounterTarget>(witness_),
                 {.name = name});
  }
  void wait() override {
    ++witness_.waiting;
    try {
      witness_.open.wait();
    } catch (const Cancelled&) {
      ++witness_.cancelled;
      throw;
    }
  }

  Capability kept;  // of whatever the test wants

 private:
  Witness& witness_;
  std::int64_t sum_ = 0;
};

template <typename F>
void eventually(F holds) {
  while (!holds()) std::this_thread::yield();
}

class TargetTest : public ::testing::Test {
 protected:
  Counter counter(ServeOptions options = {.name = "counter"}) {
    return Counter(serve(thread, std::make_shared<CounterTarget>(witness), std::move(options)));
  }

  Witness witness;
  Process process{{.carriers = 2}};
  Ref<Troop> troop = process.troop({.name = "served"});
  Ref<Thread> thread = troop->serviceThread("counter");
};

TEST_F(TargetTest, answersCallsOfOsThreads) {
  EXPECT_EQ(counter().add(5).get()->sum, 5);
}

TEST_F(TargetTest, answersCallsOfTasksOfOtherTroops) {
  const Counter served = counter();
  process.run([&] {
    EXPECT_EQ(served.add(5).get()->sum, 5);
    EXPECT_EQ(served.add(6).get()->sum, 11);
  });
}

TEST_F(TargetTest, answersCallsOfItsOwnThread) {
  const Counter served = counter();
  const auto answer = std::make_shared<std::int64_t>(0);
  Event done;
  ASSERT_TRUE(thread
                  ->post(assumeSendable([&] {
                    *answer = served.add(5).get()->sum;
                    done.set();
                  }))
                  .succeeded());
  done.wait();
  EXPECT_EQ(*answer, 5);
}

TEST_F(TargetTest, startsCallsInTheirOrder) {
  const Counter served = counter();
  std::vector<Promise<Counter::AddResults>> promises;
  for (int i = 10; i < 60; ++i) promises.push_back(served.add(i));
  std::int64_t sum = 0;
  for (int i = 10; i < 60; ++i) EXPECT_EQ(promises[i - 10].get()->sum, sum += i);
}

TEST_F(TargetTest, answersWithWhatItThrows) {
  const Counter served = counter();
  const Error error = served.add(1).get().error();
  EXPECT_EQ(error.kind(), ErrorKind::overloaded);
  EXPECT_EQ(error.detail(), ErrorDetail::quota);
  EXPECT_EQ(error.executed(), Executed::no);
  EXPECT_EQ(error.reason(), "not one");
  EXPECT_EQ(served.add(2).get().error().kind(), ErrorKind::failed);
  EXPECT_EQ(served.add(2).get().error().reason(), "not two");
  EXPECT_EQ(served.add(3).get().error().reason(), "an exception of an unknown type");
  EXPECT_EQ(served.add(5).get()->sum, 5);
}

TEST_F(TargetTest, namesMethodsItDoesNotHave) {
  const Ref<Answer> answer =
      counter().capability().call({Counter::interfaceId, 9}, Message::empty());
  answer->wait();
  EXPECT_EQ(textOf(answer->result()),
            "unimplemented: interface Counter has no method @0xc0c0c0c0c0c0c0c0.9");
}

TEST_F(TargetTest, answersMalformedParametersWithTheirFault) {
  const std::uint64_t listAsRoot = 1;
  std::vector<std::byte> bytes(16);
  bytes[4] = std::byte{1};
  std::memcpy(bytes.data() + 8, &listAsRoot, 8);
  const Ref<Answer> answer = counter().capability().call(
      {Counter::interfaceId, 0}, Message::copyOf(bytes, {}, nullptr).value());
  answer->wait();
  EXPECT_EQ(detailOf(*answer), ErrorDetail::badMessage);
}

TEST_F(TargetTest, pipelinesOnItsResults) {
  const Counter served = counter();
  EXPECT_EQ(served.child("a").counter().child("b").counter().add(7).get()->sum, 7);
}

TEST_F(TargetTest, diesInItsThreadWithItsLastCapability) {
  {
    const Counter served = counter();
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it is what is tested
    const Counter copy = served;
    EXPECT_EQ(copy.add(5).get()->sum, 5);
    EXPECT_EQ(witness.destroyed, 0);
  }
  eventually([&] { return witness.destroyed == 1; });
  EXPECT_TRUE(witness.destroyedInItsThread);
}

TEST_F(TargetTest, livesUntilItsCallsAreAnswered) {
  std::optional<Promise<Counter::WaitResults>> promise;
  {
    const Counter served = counter();
    promise = served.wait();
    eventually([&] { return witness.waiting == 1; });
  }
  ASSERT_TRUE(thread->post([] {}).succeeded());
  witness.open.set();
  EXPECT_TRUE(promise->get().succeeded());
  eventually([&] { return witness.destroyed == 1; });
}

TEST_F(TargetTest, servesOtherCallsWhileOneWaits) {
  const Counter served = counter();
  const auto waiting = served.wait();
  EXPECT_EQ(served.add(5).get()->sum, 5);
  EXPECT_FALSE(waiting.ready());
  witness.open.set();
  EXPECT_TRUE(waiting.get().succeeded());
}

TEST_F(TargetTest, aFloodMakesRoomForOthers) {
  const Counter served = counter({.name = "counter", .callsMax = 4});
  const Ref<Troop> flooder = process.troop({.name = "flooder"});
  std::atomic<int> refused{0};
  Event made;
  const Ref<Thread> flooding = flooder->thread(
      {"flooding"},
      [](Counter target, std::atomic<int>* refusals, Event* done) {
        std::vector<Promise<Counter::WaitResults>> promises;
        for (int i = 0; i < 4; ++i) promises.push_back(target.wait());
        done->set();
        for (const auto& promise : promises) {
          const auto results = promise.get();
          if (results.failed() && results.error().detail() == ErrorDetail::quota) ++*refusals;
        }
      },
      served, assumeSendable(&refused), assumeSendable(&made));
  made.wait();
  EXPECT_EQ(served.add(5).get()->sum, 5);
  EXPECT_EQ(served.add(6).get()->sum, 11);  // into the place that it left, if it has left by now
  witness.open.set();
  EXPECT_TRUE(flooding->join().succeeded());
  EXPECT_GE(refused, 1);
  EXPECT_LE(refused, 2);
}

// Works for a while.
class Spinning final : public Counter::Target {
 public:
  std::int64_t add(std::int64_t number) override {
    const Time end = after(20ms);
    while (now() < end) {
    }
    return number;
  }
  Capability child(std::string) override { return {}; }
  void wait() override {}
};

TEST_F(TargetTest, whoCallsPaysForTheTaskThatServes) {
  const Counter served(serve(thread, std::make_shared<Spinning>()));
  const Ref<Troop> tenant = process.troop({.name = "tenant"});
  const Ref<Thread> calling = tenant->thread(
      {"calling"}, [](Counter target) { EXPECT_EQ(target.add(5).get()->sum, 5); }, served);
  EXPECT_TRUE(calling->join().succeeded());
  EXPECT_GE(tenant->cpuUsed(), 20ms);
}

TEST_F(TargetTest, limitsTheCallsThatAreOpen) {
  const Counter served = counter({.name = "counter", .callsMax = 2});
  const auto first = served.wait();
  const auto second = served.wait();
  const Error error = served.wait().get().error();
  EXPECT_EQ(error.kind(), ErrorKind::overloaded);
  EXPECT_EQ(error.detail(), ErrorDetail::quota);
  EXPECT_EQ(error.reason(),
            "'counter' has its limit of calls to answer already: 2 calls, all of them by the host");
  witness.open.set();
  EXPECT_TRUE(first.get().succeeded());
  EXPECT_TRUE(second.get().succeeded());
  // A call is closed a moment after it is answered.
  eventually([&] { return served.add(5).get().succeeded(); });
}

TEST_F(TargetTest, stopsWhenTheCallerCancels) {
  const Counter served = counter();
  {
    const auto promise = served.wait();
    eventually([&] { return witness.waiting == 1; });
  }
  eventually([&] { return witness.cancelled == 1; });
  EXPECT_EQ(served.add(5).get()->sum, 5);
}

TEST_F(TargetTest, doesNotStartWhatIsCancelledBefore) {
  const Counter served = counter();
  Event go;
  ASSERT_TRUE(thread
                  ->post(assumeSendable([&] {
                    for (int i = 0; i < 1000; ++i) served.wait();  // dropped at once
                    go.set();
                  }))
                  .succeeded());
  go.wait();
  EXPECT_EQ(served.add(5).get()->sum, 5);
  EXPECT_EQ(witness.waiting, 0);
}

TEST_F(TargetTest, inheritsTheDeadlineOfItsCaller) {
  const Counter served = counter();
  const Ref<Answer> answer =
      served.capability().call({Counter::interfaceId, 2}, Message::empty(), after(5ms));
  answer->wait();
  EXPECT_EQ(detailOf(*answer), ErrorDetail::deadline);
  EXPECT_EQ(answer->result().error().kind(), ErrorKind::overloaded);
}

TEST_F(TargetTest, givesUpAtTheTimeoutOfItsCaller) {
  const Counter served = counter();
  EXPECT_EQ(served.wait().get(5ms).error().detail(), ErrorDetail::deadline);
  eventually([&] { return witness.cancelled == 1 || witness.waiting == 0; });
}

TEST_F(TargetTest, killingItsTroopFailsItsCalls) {
  const Counter served = counter();
  const auto running = served.wait();
  eventually([&] { return witness.waiting == 1; });
  troop->kill(Error(ErrorKind::disconnected, "CPU time 2 s reached", ErrorDetail::cpu));
  const Error error = running.get().error();
  EXPECT_EQ(error.kind(), ErrorKind::disconnected);
  EXPECT_EQ(error.detail(), ErrorDetail::killed);
  EXPECT_EQ(error.executed(), Executed::maybe);
  EXPECT_EQ(error.reason(), "'counter' is gone: CPU time 2 s reached");
  const Error later = served.add(5).get().error();
  EXPECT_EQ(later.kind(), ErrorKind::disconnected);
  EXPECT_EQ(later.executed(), Executed::no);
}

TEST_F(TargetTest, callsThatWaitKeepNoStacks) {
  const Counter served = counter();
  Event release;
  ASSERT_TRUE(thread
                  ->post(assumeSendable([&] {
                    while (!release.isSet()) std::this_thread::yield();
                  }))
                  .succeeded());
  std::vector<Promise<Counter::AddResults>> promises;
  for (int i = 10; i < 110; ++i) promises.push_back(served.add(i));
  EXPECT_EQ(troop->tasks(), 2u);  // the one that holds the Thread, and the next that starts
  release.set();
  for (const auto& promise : promises) EXPECT_TRUE(promise.get().succeeded());
}

TEST_F(TargetTest, whereTheThreadTakesNoMoreTasksThoseItHasServeAllThatWaits) {
  const Counter served = counter();
  Event release;
  ASSERT_TRUE(thread
                  ->post(assumeSendable([&] {
                    while (!release.isSet()) std::this_thread::yield();
                  }))
                  .succeeded());
  std::vector<Promise<Counter::AddResults>> promises;
  for (int i = 10; i < 30; ++i) promises.push_back(served.add(i));
  thread->close();
  release.set();
  for (const auto& promise : promises) EXPECT_TRUE(promise.get().succeeded());
}

TEST_F(TargetTest, killingItsTroopFailsCallsThatHaveNotStarted) {
  const Counter served = counter();
  Event posted;
  Event killed;
  std::vector<Promise<Counter::AddResults>> promises;
  // The Thread is busy until the troop has been killed.
  ASSERT_TRUE(thread
                  ->post(assumeSendable([&] {
                    while (!posted.isSet()) std::this_thread::yield();
                    while (!killed.isSet()) std::this_thread::yield();
                  }))
                  .succeeded());
  for (int i = 10; i < 30; ++i) promises.push_back(served.add(i));
  posted.set();
  troop->kill(Error(ErrorKind::disconnected, "enough", ErrorDetail::killed));
  killed.set();
  for (const auto& promise : promises) {
    const Error error = promise.get().error();
    EXPECT_EQ(error.kind(), ErrorKind::disconnected);
    EXPECT_EQ(error.executed(), Executed::no);
  }
}

TEST_F(TargetTest, dyingThreadBreaksCyclesOfCapabilities) {
  {
    auto first = std::make_shared<CounterTarget>(witness);
    auto second = std::make_shared<CounterTarget>(witness);
    const Capability a = serve(thread, first);
    const Capability b = serve(thread, second);
    first->kept = b;
    second->kept = a;
  }
  EXPECT_EQ(witness.destroyed, 0);
  troop->kill(Error(ErrorKind::disconnected, "enough", ErrorDetail::killed));
  (void)thread->join();
  EXPECT_EQ(witness.destroyed, 2);
}

TEST_F(TargetTest, closedThreadAnswersThatItHasEnded) {
  const Counter served = counter();
  thread->close();
  EXPECT_TRUE(thread->join().succeeded());
  EXPECT_EQ(witness.destroyed, 1);
  const Error error = served.add(5).get().error();
  EXPECT_EQ(error.kind(), ErrorKind::disconnected);
  EXPECT_EQ(error.executed(), Executed::no);
  const Counter late(serve(thread, std::make_shared<CounterTarget>(witness)));
  EXPECT_EQ(late.add(5).get().error().kind(), ErrorKind::disconnected);
}

TEST_F(TargetTest, sharesATargetBetweenTwoCapabilities) {
  const auto target = std::make_shared<CounterTarget>(witness);
  Counter first(serve(thread, target));
  const Counter second(serve(thread, target));
  EXPECT_EQ(first.add(5).get()->sum, 5);
  first = Counter();
  EXPECT_EQ(second.add(6).get()->sum, 11);
}

TEST_F(TargetTest, chargesResultsToItsTroopUntilTheyAreTaken) {
  const Counter served = counter();
  const std::size_t idle = troop->memory()->used();
  const auto promise = served.add(5);
  promise.answer()->wait();
  eventually([&] { return troop->memory()->used() > idle && troop->tasks() == 0; });
  EXPECT_GT(troop->memory()->used(), idle);
  EXPECT_EQ(promise.get()->sum, 5);
  EXPECT_EQ(troop->memory()->used(), idle);
}

TEST_F(TargetTest, chargesParametersToTheTroopThatCalls) {
  const auto keeper = makeRef<Keeper>();
  const Ref<Troop> caller = process.troop({.name = "caller"});
  const Ref<Thread> calling = caller->serviceThread("calling");
  Event sent;
  std::optional<Promise<Counter::AddResults>> promise;
  std::size_t before = 0;
  ASSERT_TRUE(calling
                  ->post(assumeSendable([&] {
                    before = caller->memory()->used();
                    promise = Counter(Capability(keeper)).add(5);
                    EXPECT_GT(caller->memory()->used(), before);
                    {
                      const Call dropped = keeper->take();
                    }
                    EXPECT_EQ(caller->memory()->used(), before);
                    sent.set();
                  }))
                  .succeeded());
  sent.wait();
}

TEST_F(TargetTest, refusesParametersThatTheCallerCannotPay) {
  const Counter served = counter();
  const Ref<Troop> poor = process.troop({.name = "poor", .memoryBytesMax = 1 << 20});
  const Ref<Thread> calling = poor->serviceThread("calling");
  Event done;
  ASSERT_TRUE(calling
                  ->post(assumeSendable([&] {
                    const auto promise = served.child(std::string(2 << 20, 'x'));
                    const auto results = promise.get();
                    EXPECT_EQ(results.error().kind(), ErrorKind::overloaded);
                    EXPECT_EQ(results.error().detail(), ErrorDetail::memory);
                    done.set();
                  }))
                  .succeeded());
  done.wait();
}

TEST(TargetWithoutProcess, capabilityMayOutliveItsProcess) {
  Witness witness;
  Counter served;
  {
    Process process{{.carriers = 1}};
    served = Counter(
        serve(process.root().serviceThread("counter"), std::make_shared<CounterTarget>(witness)));
    EXPECT_EQ(served.add(5).get()->sum, 5);
  }
  EXPECT_EQ(witness.destroyed, 1);
  EXPECT_EQ(served.add(5).get().error().kind(), ErrorKind::disconnected);
}

}  // namespace
}  // namespace troop::proxy
