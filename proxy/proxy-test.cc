#include "proxy/proxy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "proxy/testing/counter.h"
#include "proxy/testing/endpoints.h"
#include "runtime/process.h"
#include "runtime/scope.h"

namespace troop::proxy {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TEST(Proxy, thatIsNullFailsEachCall) {
  const Counter null;
  EXPECT_FALSE(null);
  EXPECT_EQ(null.add(1).get().error().reason(), "null capability");
}

TEST(Proxy, isTheSameAsAnotherThatCallsTheSame) {
  const Capability echo(makeRef<Echo>());
  EXPECT_EQ(Counter(echo), Counter(echo));
  EXPECT_NE(Counter(echo), Counter(Capability(makeRef<Echo>())));
  EXPECT_EQ(Counter(), Counter());
}

TEST(Proxy, sendsItsParametersToTheMethodItNames) {
  const auto keeper = makeRef<Keeper>();
  const Counter counter{Capability(keeper)};
  const auto sum = counter.add(7);
  const Call call = keeper->take();
  EXPECT_EQ(call.method, (MethodId{Counter::interfaceId, 0}));
  EXPECT_EQ(call.params.root().number<std::int64_t>(0), 7);
  EXPECT_EQ(call.deadline, never);
}

TEST(Proxy, sendsTheDeadlineOfTheTaskThatCalls) {
  Process process{{.carriers = 1}};
  const auto keeper = makeRef<Keeper>();
  const Counter counter{Capability(keeper)};
  process.run([&] {
    const Time before = now();
    const Scope scope({.deadline = 1h});
    const auto sum = counter.add(1);
    const Call call = keeper->take();
    EXPECT_GE(call.deadline, before + 1h);
    EXPECT_LE(call.deadline, now() + 1h);
  });
}

TEST(Proxy, answersByItselfWhatItCannotSend) {
  Process process{{.carriers = 1}};
  const Ref<Troop> poor = process.troop({.name = "poor", .memoryBytesMax = 1 << 20});
  const auto keeper = makeRef<Keeper>();
  const Counter counter{Capability(keeper)};
  const Ref<Thread> thread = poor->thread(
      {"t"},
      [](Counter to) {
        const std::string text(2 << 20, 'x');
        const auto failure = to.child(text).get();
        ASSERT_TRUE(failure.failed());
        EXPECT_EQ(failure.error().detail(), ErrorDetail::memory);
      },
      counter);
  EXPECT_TRUE(thread->join().succeeded());
  EXPECT_EQ(keeper->waiting(), 0u);
}

TEST(Proxy, finishesResultsAtTheExpenseOfTheTaskThatServes) {
  Process process{{.carriers = 1}};
  process.run([&] {
    const std::size_t before = process.root().memory()->used();
    const Message results = finishResults(MessageBuilder(100, 0));
    EXPECT_EQ(process.root().memory()->used() - before, results.bytesCharged());
    EXPECT_GT(results.bytesCharged(), 0u);
  });
  EXPECT_EQ(finishResults(MessageBuilder(1, 0)).bytes().size(), 24u);  // outside of Tasks, too
}

}  // namespace
}  // namespace troop::proxy
