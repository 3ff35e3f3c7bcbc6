#include "proxy/answer.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "proxy/call.h"
#include "proxy/promised.h"
#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

Error someError() {
  return Error(ErrorKind::overloaded, "too much", ErrorDetail::cpu);
}

TEST(Answer, isSettledOnceAndTheFirstWins) {
  const auto answer = makeRef<Answer>();
  EXPECT_FALSE(answer->settled());
  answer->settle(numbered(1));
  EXPECT_TRUE(answer->settled());
  answer->settle(numbered(2));
  answer->settle(someError());
  answer->cancel(someError());
  EXPECT_EQ(textOf(answer->result()), "1");
}

TEST(Answer, wakesOsThreadsThatWait) {
  const auto answer = makeRef<Answer>();
  std::thread settler([&] { answer->settle(numbered(1)); });
  EXPECT_EQ(answer->wait(), WaitResult::signalled);
  EXPECT_EQ(textOf(answer->result()), "1");
  settler.join();
}

TEST(Answer, endsAWaitAtItsDeadline) {
  const auto answer = makeRef<Answer>();
  EXPECT_EQ(answer->wait(after(1ms)), WaitResult::timedOut);
  answer->settle(numbered(1));
  EXPECT_EQ(answer->wait(after(Duration::zero())), WaitResult::signalled);
}

TEST(Answer, callsBackInOrderWhenSettled) {
  const auto answer = makeRef<Answer>();
  std::vector<int> order;
  answer->onSettled([&] { order.push_back(1); });
  answer->onSettled([&] { order.push_back(2); });
  EXPECT_TRUE(order.empty());
  answer->settle(numbered(1));
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  answer->onSettled([&] { order.push_back(3); });
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Answer, runsNoCallbackInsideAnother) {
  const auto first = makeRef<Answer>();
  const auto second = makeRef<Answer>();
  std::vector<int> order;
  second->onSettled([&] { order.push_back(3); });
  first->onSettled([&] {
    second->settle(numbered(2));
    first->onSettled([&] { order.push_back(4); });
    order.push_back(1);
  });
  first->onSettled([&] { order.push_back(2); });
  first->settle(numbered(1));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

TEST(Answer, mayBeSettledAgainInsideItsCallback) {
  const auto answer = makeRef<Answer>();
  int calls = 0;
  answer->onSettled([&] {
    ++calls;
    answer->settle(numbered(2));
    answer->cancel(someError());
  });
  answer->settle(numbered(1));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(textOf(answer->result()), "1");
}

TEST(Answer, mayBeDroppedInsideItsCallback) {
  auto answer = makeRef<Answer>();
  Answer* settled = answer.get();
  const auto witness = std::make_shared<int>(0);
  const std::weak_ptr<int> alive = witness;
  settled->onSettled([&answer, held = witness] { answer.reset(); });
  const Ref<Answer> last = answer;
  settled->settle(numbered(1));
  EXPECT_FALSE(answer);
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Answer, forgetsItsCallbacksWhenSettled) {
  const auto answer = makeRef<Answer>();
  const auto witness = std::make_shared<int>(0);
  answer->onSettled([held = witness] {});
  answer->onCancel([held = witness](const Error&) {});
  EXPECT_EQ(witness.use_count(), 3);
  answer->settle(numbered(1));
  answer->onCancel([held = witness](const Error&) {});
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Answer, tellsTheCalleeOfCancellation) {
  const auto answer = makeRef<Answer>();
  std::vector<std::string> order;
  answer->onCancel([&](const Error& cause) { order.push_back("callee: " + cause.reason()); });
  answer->onSettled([&] { order.emplace_back("caller"); });
  answer->cancel(someError());
  EXPECT_EQ(order, (std::vector<std::string>{"callee: too much", "caller"}));
  bool late = false;
  answer->onCancel([&](const Error& cause) { late = cause.reason() == "too much"; });
  EXPECT_TRUE(late);
}

TEST(Answer, tellsNobodyOfCancellationWhenItWasSettledBefore) {
  const auto answer = makeRef<Answer>();
  bool told = false;
  answer->onCancel([&](const Error&) { told = true; });
  answer->settle(numbered(1));
  answer->cancel(someError());
  EXPECT_FALSE(told);
}

TEST(Answer, isTakenOnce) {
  const auto answer = makeRef<Answer>();
  answer->settle(numbered(1));
  EXPECT_EQ(textOf(answer->take()), "1");
  EXPECT_EQ(textOf(answer->take()), "failed: the result was taken by somebody else");
  EXPECT_EQ(textOf(answer->result()), "failed: the result was taken by somebody else");
}

TEST(Answer, movesTheChargeForItsResult) {
  const auto callee = makeRef<Budget>();
  const auto caller = makeRef<Budget>();
  const auto answer = makeRef<Answer>();
  answer->settle(numbered(1, {}, callee));
  EXPECT_NE(callee->used(), 0u);
  EXPECT_TRUE(answer->chargeTo(caller).succeeded());
  EXPECT_EQ(callee->used(), 0u);
  EXPECT_NE(caller->used(), 0u);
  const auto failed = makeRef<Answer>();
  failed->settle(someError());
  EXPECT_TRUE(failed->chargeTo(caller).succeeded());
}

// Pipelining

TEST(Pipeline, queuesCallsUntilTheAnswerIsThere) {
  const auto keeper = makeRef<Keeper>();
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = Capability(keeper).call(anyMethod, numbered(0));
  const Capability promised = answer->pipeline({0});
  const Ref<Answer> first = promised.call(anyMethod, numbered(1));
  const Ref<Answer> second = promised.call(anyMethod, numbered(2));
  EXPECT_TRUE(object->arrived().empty());
  keeper->take().settle(numbered(0, {Capability(object)}));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2}));
  object->take().settle(numbered(10));
  EXPECT_EQ(textOf(first->result()), "10");
  EXPECT_FALSE(second->settled());
  promised.call(anyMethod, numbered(3));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(promised.resolved(), Capability(object));
}

TEST(Pipeline, handsOverBeforeAnybodyLearnsOfTheAnswer) {
  const auto object = makeRef<Keeper>();
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  const Capability promised = answer->pipeline({0});
  answer->onSettled(
      [&] { answer->result().value().root().capability(0).call(anyMethod, numbered(2)); });
  promised.call(anyMethod, numbered(1));
  answer->settle(numbered(0, {Capability(object)}));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2}));
}

TEST(Pipeline, isOneForAllWhoUseTheSamePath) {
  const auto object = makeRef<Keeper>();
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  answer->pipeline({0}).call(anyMethod, numbered(1));
  answer->pipeline({0}).call(anyMethod, numbered(2));
  answer->pipeline({0}).call(anyMethod, numbered(3));
  answer->settle(numbered(0, {Capability(object)}));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(Pipeline, failsAsTheAnswerFails) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  const Capability promised = answer->pipeline({0});
  const Ref<Answer> queued = promised.call(anyMethod, numbered(1));
  answer->settle(Error(ErrorKind::disconnected, "it died", ErrorDetail::killed));
  EXPECT_EQ(textOf(queued->result()), "disconnected: it died");
  EXPECT_EQ(detailOf(*queued), ErrorDetail::killed);
  EXPECT_EQ(queued->result().error().executed(), Executed::no);
  EXPECT_EQ(textOf(promised.call(anyMethod, numbered(2))->result()), "disconnected: it died");
  EXPECT_EQ(textOf(answer->pipeline({0}).call(anyMethod, numbered(3))->result()),
            "disconnected: it died");
}

TEST(Pipeline, failsWhereTheResultHasNothingThere) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  const Ref<Answer> nothing = answer->pipeline({5}).call(anyMethod, numbered(1));
  const Ref<Answer> wrong = answer->pipeline({0, 0}).call(anyMethod, numbered(1));
  answer->settle(numbered(0, {Capability(makeRef<Echo>())}));
  EXPECT_EQ(textOf(nothing->result()), "failed: null capability");
  EXPECT_EQ(detailOf(*wrong), ErrorDetail::badMessage);
}

TEST(Pipeline, onAnAnswerThatIsThereIsItsCapability) {
  const auto answer = makeRef<Answer>();
  const Capability echo(makeRef<Echo>());
  answer->settle(numbered(0, {echo}));
  EXPECT_EQ(answer->pipeline({0}), echo);
}

TEST(Pipeline, chainsAreResolvedOneAfterTheOther) {
  const auto keeper = makeRef<Keeper>();
  Capability current(keeper);
  std::vector<Ref<Answer>> answers;
  for (std::uint64_t i = 0; i < 5; ++i) {
    answers.push_back(current.call(anyMethod, numbered(i)));
    current = answers.back()->pipeline({0});
  }
  EXPECT_EQ(keeper->arrived().size(), 1u);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(keeper->arrived().back(), i);
    keeper->take().settle(numbered(100 + i, {Capability(keeper)}));
  }
  EXPECT_EQ(textOf(answers.back()->result()), "104");
}

TEST(Pipeline, chainsOfAnyLengthFailInConstantStack) {
  const auto keeper = makeRef<Keeper>();
  Capability current(keeper);
  Ref<Answer> last;
  for (int i = 0; i < 30'000; ++i) {
    last = current.call(anyMethod, numbered(0));
    current = last->pipeline({0});
  }
  {
    const Call dropped = keeper->take();
  }
  EXPECT_EQ(textOf(last->result()), "disconnected: the call was dropped");
}

TEST(Pipeline, chainsOfAnyLengthAreCancelledInConstantStack) {
  const auto keeper = makeRef<Keeper>();
  Capability current(keeper);
  Ref<Answer> first;
  Ref<Answer> last;
  Interest interest;
  for (int i = 0; i < 30'000; ++i) {
    last = current.call(anyMethod, numbered(0));
    if (!first) first = last;
    interest = Interest(last);
    current = last->pipeline({0});
  }
  current = Capability();
  interest = Interest();
  EXPECT_TRUE(first->settled());
  EXPECT_EQ(detailOf(*first), ErrorDetail::cancelled);
}

// Nobody calls what begins the chain, so nothing ever makes it shorter.
TEST(Pipeline, chainsThatLeadFromOnePromiseToTheNextArePaidFor) {
  const auto payer = makeRef<Budget>(100'000);
  Ref<Answer> answer = makeRef<Answer>();
  Capability first = answer->pipeline({0}, payer);
  const std::size_t each = payer->used();
  EXPECT_GT(each, 0u);
  std::size_t links = 0;
  for (; links < 1000; ++links) {
    const Ref<Answer> next = makeRef<Answer>();
    Capability promised = next->pipeline({0}, payer);
    const bool paid = payer->used() == each * (links + 2);
    answer->settle(numbered(1, {std::move(promised)}));
    answer = next;
    if (!paid) break;
  }
  EXPECT_EQ(links, 100'000 / each - 1);
  const Ref<Answer> refused = first.call(anyMethod, numbered(1));
  EXPECT_EQ(textOf(refused->result()).substr(0, 10), "overloaded");
  answer.reset();
  first = Capability();
  EXPECT_EQ(payer->used(), 0u);
}

TEST(Pipeline, isLimitedInItsQueue) {
  const auto object = makeRef<Keeper>();
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  const Capability promised = answer->pipeline({0});
  std::vector<Ref<Answer>> answers;
  for (std::size_t i = 0; i < Promised::callsMax + 3; ++i) {
    answers.push_back(promised.call(anyMethod, numbered(i)));
  }
  EXPECT_FALSE(answers[Promised::callsMax - 1]->settled());
  EXPECT_EQ(detailOf(*answers[Promised::callsMax]), ErrorDetail::quota);
  EXPECT_EQ(answers[Promised::callsMax + 2]->result().error().kind(), ErrorKind::overloaded);
  answer->settle(numbered(0, {Capability(object)}));
  EXPECT_EQ(object->arrived().size(), Promised::callsMax);
}

TEST(Pipeline, isLimitedInItsPaths) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  std::vector<Capability> held;
  for (std::uint16_t i = 0; i < Answer::pipelinesMax; ++i) held.push_back(answer->pipeline({i}));
  const Ref<Answer> refused = answer->pipeline({9999}).call(anyMethod, numbered(1));
  ASSERT_TRUE(refused->settled());
  EXPECT_EQ(detailOf(*refused), ErrorDetail::quota);
  held.pop_back();
  EXPECT_FALSE(answer->pipeline({9999}).call(anyMethod, numbered(1))->settled());
}

// Interest

TEST(Interest, cancelsTheCallWhenTheLastOneGoes) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  {
    const Interest first(answer);
    {
      const Interest second = first;  // NOLINT(performance-unnecessary-copy-initialization)
      EXPECT_FALSE(answer->settled());
    }
    EXPECT_FALSE(answer->settled());
  }
  EXPECT_EQ(detailOf(*answer), ErrorDetail::cancelled);
}

TEST(Interest, isNotMissedWhereNobodyTookAny) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  {
    const Capability promised = answer->pipeline({0});
  }
  EXPECT_FALSE(answer->settled());
}

TEST(Interest, isSharedByCapabilitiesThatArePipelined) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  Capability promised;
  {
    const Interest interest(answer);
    promised = answer->pipeline({0});
  }
  EXPECT_FALSE(answer->settled());
  const Capability copy = promised;
  promised = Capability();
  EXPECT_FALSE(answer->settled());
  {
    const Capability other = copy;  // NOLINT(performance-unnecessary-copy-initialization)
  }
  promised = copy;
  EXPECT_FALSE(answer->settled());
}

TEST(Interest, endsWithTheLastCapabilityThatIsPipelined) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  Capability promised;
  {
    const Interest interest(answer);
    promised = answer->pipeline({0});
  }
  promised = Capability();
  EXPECT_EQ(detailOf(*answer), ErrorDetail::cancelled);
}

TEST(Interest, isSharedByCallsThatWaitInAPipeline) {
  const auto answer = makeRef<Answer>();
  const Call call(anyMethod, numbered(0), answer);
  Ref<Answer> queued;
  {
    const Interest interest(answer);
    queued = answer->pipeline({0}).call(anyMethod, numbered(1));
  }
  EXPECT_FALSE(answer->settled());
  queued->cancel(someError());
  EXPECT_EQ(detailOf(*answer), ErrorDetail::cancelled);
}

TEST(Interest, lettingGoOfASettledAnswerChangesNothing) {
  const auto answer = makeRef<Answer>();
  {
    const Interest interest(answer);
    answer->settle(numbered(1));
  }
  EXPECT_EQ(textOf(answer->result()), "1");
}

TEST(Answer, whatHasFailedIsOneBrokenCapabilityForAll) {
  const auto answer = makeRef<Answer>();
  const Capability early = answer->pipeline({0});
  answer->settle(Error(ErrorKind::failed, std::string(4000, 'x')));
  const Capability first = answer->pipeline({0}), second = answer->pipeline({1});
  EXPECT_EQ(first, second);
  EXPECT_EQ(early.resolved(), first);
}

TEST(Answer, whatIsBrokenForOneHolderIsPaidForByIt) {
  const auto payer = makeRef<Budget>();
  const auto answer = makeRef<Answer>();
  MessageBuilder builder{0, 1};
  builder.root().setText(0, "no capability");
  answer->settle(builder.finish({}).value());
  {
    const Capability broken = answer->pipeline({0}, payer);
    EXPECT_GT(payer->used(), 0u);
  }
  EXPECT_EQ(payer->used(), 0u);
}

}  // namespace
}  // namespace troop::proxy
