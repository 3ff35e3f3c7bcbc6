#include "proxy/membrane.h"

#include <gtest/gtest.h>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/promised.h"
#include "proxy/testing/endpoints.h"
#include "runtime/process.h"

namespace troop::proxy {
namespace {

using namespace testing;

Capability capabilityOf(const Message& message, unsigned pointer = 0) {
  return message.root().capability(pointer);
}

TEST(Membrane, passesCallsAndResults) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability wrapped = membrane->wrap(Capability(object));
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1), after(1h));
  EXPECT_EQ(object->arrived(), std::vector<std::uint64_t>{1});
  Call call = object->take();
  EXPECT_EQ(call.method, anyMethod);
  EXPECT_NE(call.deadline, never);
  call.settle(numbered(2));
  EXPECT_EQ(textOf(answer->result()), "2");
  EXPECT_EQ(membrane->callsPassed(), 1u);
  EXPECT_EQ(membrane->callsRefused(), 0u);
}

TEST(Membrane, passesErrorsAsTheyAre) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  object->take().settle(Error(ErrorKind::overloaded, "busy", ErrorDetail::wall, Executed::no));
  EXPECT_EQ(textOf(answer->result()), "overloaded: busy");
  EXPECT_EQ(detailOf(*answer), ErrorDetail::wall);
  EXPECT_EQ(answer->result().error().executed(), Executed::no);
}

TEST(Membrane, leavesNullAlone) {
  const auto membrane = makeRef<Membrane>("renderer");
  EXPECT_FALSE(membrane->wrap({}));
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1, {{}}));
  EXPECT_FALSE(capabilityOf(object->take().params));
}

TEST(Membrane, keepsOrder) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability wrapped = membrane->wrap(Capability(object));
  for (std::uint64_t i = 0; i < 10; ++i) wrapped.call(anyMethod, numbered(i));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Membrane, refusesCallsOnceItIsRevoked) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability wrapped = membrane->wrap(Capability(object));
  membrane->revoke("");
  membrane->revoke("too late");
  EXPECT_TRUE(membrane->revoked());
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1));
  EXPECT_EQ(textOf(answer->result()), "disconnected: capability 'renderer' was revoked");
  EXPECT_EQ(detailOf(*answer), ErrorDetail::revoked);
  EXPECT_EQ(answer->result().error().executed(), Executed::no);
  EXPECT_TRUE(object->arrived().empty());
  EXPECT_EQ(membrane->callsRefused(), 1u);
}

TEST(Membrane, saysWhyItWasRevoked) {
  const auto membrane = makeRef<Membrane>("renderer");
  membrane->revoke("the trial is over");
  const Capability wrapped = membrane->wrap(Capability(makeRef<Echo>()));
  EXPECT_EQ(textOf(wrapped.call(anyMethod, numbered(1))->result()),
            "disconnected: capability 'renderer' was revoked: the trial is over");
}

TEST(Membrane, revokingFailsCallsInFlight) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  Call call = object->take();
  bool told = false;
  call.answer()->onCancel([&](const Error&) { told = true; });
  membrane->revoke("now");
  EXPECT_EQ(detailOf(*answer), ErrorDetail::revoked);
  EXPECT_EQ(answer->result().error().executed(), Executed::maybe);
  EXPECT_TRUE(told);
  EXPECT_TRUE(call.decided());
  call.settle(numbered(2));
  EXPECT_EQ(detailOf(*answer), ErrorDetail::revoked);
}

TEST(Membrane, revokingLetsGoOfWhatIsInside) {
  const auto membrane = makeRef<Membrane>("renderer");
  int destroyed = 0;
  auto object = makeRef<Keeper>();
  object->onDestroy = [&] { ++destroyed; };
  const Capability wrapped = membrane->wrap(Capability(std::move(object)));
  membrane->revoke("now");
  EXPECT_EQ(destroyed, 1);
}

TEST(Membrane, wrapsCapabilitiesInResults) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const auto document = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  object->take().settle(numbered(2, {Capability(document)}));
  const Capability result = capabilityOf(answer->result().value());
  EXPECT_NE(result, Capability(document));
  const Ref<Answer> first = result.call(anyMethod, numbered(3));
  EXPECT_EQ(document->arrived(), std::vector<std::uint64_t>{3});
  membrane->revoke("now");
  EXPECT_EQ(detailOf(*first), ErrorDetail::revoked);
  EXPECT_EQ(detailOf(*result.call(anyMethod, numbered(4))), ErrorDetail::revoked);
}

TEST(Membrane, wrapsCapabilitiesInParameters) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const auto callback = makeRef<Keeper>();
  membrane->wrap(Capability(object)).call(anyMethod, numbered(1, {Capability(callback)}));
  const Call call = object->take();
  const Capability inside = capabilityOf(call.params);
  EXPECT_NE(inside, Capability(callback));
  const Ref<Answer> back = inside.call(anyMethod, numbered(2));
  EXPECT_EQ(callback->arrived(), std::vector<std::uint64_t>{2});
  membrane->revoke("now");
  EXPECT_EQ(detailOf(*back), ErrorDetail::revoked);
  EXPECT_EQ(detailOf(*inside.call(anyMethod, numbered(3))), ErrorDetail::revoked);
}

TEST(Membrane, unwrapsWhatComesHome) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability mine(makeRef<Echo>());
  const Capability wrapped = membrane->wrap(Capability(object));
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1, {wrapped, mine}));
  Call call = object->take();
  // Its own object came home.
  EXPECT_EQ(capabilityOf(call.params, 0), Capability(object));
  const Capability theirs = capabilityOf(call.params, 1);
  EXPECT_NE(theirs, mine);
  call.settle(numbered(2, {theirs}));
  // And so did the caller's.
  EXPECT_EQ(capabilityOf(answer->result().value()), mine);
}

TEST(Membrane, unwrapsWhatComesHomeAsAPromise) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability wrapped = membrane->wrap(Capability(object));
  auto [promised, resolver] = promiseCapability("later");
  resolver.resolve(wrapped);
  wrapped.call(anyMethod, numbered(1, {promised}));
  EXPECT_EQ(capabilityOf(object->take().params), Capability(object));
}

TEST(Membrane, isTransitiveThroughCallbacks) {
  // outside calls in with a callback; inside calls it with an object of its own; outside calls
  // that.
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const auto callback = makeRef<Keeper>();
  const auto secret = makeRef<Keeper>();
  membrane->wrap(Capability(object)).call(anyMethod, numbered(1, {Capability(callback)}));
  const Call call = object->take();
  capabilityOf(call.params).call(anyMethod, numbered(2, {Capability(secret)}));
  const Call called = callback->take();
  const Capability got = capabilityOf(called.params);
  EXPECT_NE(got, Capability(secret));
  got.call(anyMethod, numbered(3));
  EXPECT_EQ(secret->arrived(), std::vector<std::uint64_t>{3});
  membrane->revoke("now");
  EXPECT_EQ(detailOf(*got.call(anyMethod, numbered(4))), ErrorDetail::revoked);
  EXPECT_EQ(secret->arrived(), std::vector<std::uint64_t>{3});
}

TEST(Membrane, wrapsAgainWhatAnotherOneHasWrapped) {
  const auto first = makeRef<Membrane>("first");
  const auto second = makeRef<Membrane>("second");
  const auto object = makeRef<Keeper>();
  const Capability wrapped = second->wrap(first->wrap(Capability(object)));
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1));
  first->revoke("now");
  EXPECT_EQ(textOf(answer->result()), "disconnected: capability 'first' was revoked: now");
  EXPECT_FALSE(second->revoked());
}

TEST(Membrane, passesCancellationOn) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  const Call call = object->take();
  std::string told;
  call.answer()->onCancel([&](const Error& cause) { told = cause.reason(); });
  answer->cancel(Error(ErrorKind::failed, "enough", ErrorDetail::cancelled));
  EXPECT_EQ(told, "enough");
}

TEST(Membrane, pipelinesThroughItself) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const auto document = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  const Capability promised = answer->pipeline({0});
  const Ref<Answer> queued = promised.call(anyMethod, numbered(2));
  object->take().settle(numbered(0, {Capability(document)}));
  EXPECT_EQ(document->arrived(), std::vector<std::uint64_t>{2});
  membrane->revoke("now");
  EXPECT_EQ(detailOf(*queued), ErrorDetail::revoked);
  EXPECT_EQ(detailOf(*promised.call(anyMethod, numbered(3))), ErrorDetail::revoked);
}

TEST(Membrane, mayBeRevokedInsideACallThroughIt) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  object->onCall = [&](Call&) { membrane->revoke("from inside"); };
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  EXPECT_EQ(detailOf(*answer), ErrorDetail::revoked);
}

TEST(Membrane, mayBeRevokedInsideACallback) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability wrapped = membrane->wrap(Capability(object));
  const Ref<Answer> first = wrapped.call(anyMethod, numbered(1));
  const Ref<Answer> second = wrapped.call(anyMethod, numbered(2));
  first->onSettled([&] { membrane->revoke("in a callback"); });
  object->take().settle(numbered(10));
  EXPECT_EQ(textOf(first->result()), "10");
  EXPECT_EQ(detailOf(*second), ErrorDetail::revoked);
}

TEST(Membrane, livesAsLongAsWhatItWraps) {
  const auto object = makeRef<Keeper>();
  Capability wrapped = makeRef<Membrane>("renderer")->wrap(Capability(object));
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1));
  wrapped = Capability();
  object->take().settle(numbered(2));
  EXPECT_EQ(textOf(answer->result()), "2");
}

TEST(Membrane, callThatIsDroppedInsideAnswersOutside) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1));
  {
    const Call dropped = object->take();
  }
  EXPECT_EQ(textOf(answer->result()), "disconnected: the call was dropped");
}

TEST(Membrane, promiseResolvedToItselfThroughItFails) {
  const auto first = makeRef<Membrane>("first");
  const auto second = makeRef<Membrane>("second");
  auto [promised, resolver] = promiseCapability("later");
  resolver.resolve(first->wrap(second->wrap(promised)));
  EXPECT_EQ(textOf(promised.call(anyMethod, numbered(1))->result()),
            "failed: the promise was resolved to itself");
}

TEST(Membrane, nestedTooDeepFailsCallsInConstantStack) {
  const auto object = makeRef<Keeper>();
  Capability wrapped(object);
  for (int i = 0; i < 100'000; ++i) wrapped = makeRef<Membrane>("one of many")->wrap(wrapped);
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1));
  ASSERT_TRUE(answer->settled());
  EXPECT_EQ(textOf(answer->result()), "failed: the capability goes through more than 256 others");
  EXPECT_TRUE(object->arrived().empty());
}

TEST(Membrane, nestedWithoutEndTakesNoMoreThanWhatIsOfUse) {
  const auto payer = makeRef<Budget>();
  const auto first = makeRef<Membrane>("first", payer);
  const auto second = makeRef<Membrane>("second", payer);
  Capability wrapped(makeRef<Keeper>());
  for (int i = 0; i < 100; ++i) wrapped = second->wrap(first->wrap(wrapped));
  const std::size_t each = payer->used() / 200;
  for (int i = 0; i < 10'000; ++i) wrapped = second->wrap(first->wrap(wrapped));
  EXPECT_LE(payer->used(), each * 256);
}

TEST(Membrane, nestedDeeplyPassesCalls) {
  const auto object = makeRef<Keeper>();
  Capability wrapped(object);
  for (int i = 0; i < 200; ++i) wrapped = makeRef<Membrane>("one of many")->wrap(wrapped);
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1));
  object->take().settle(numbered(2));
  EXPECT_EQ(textOf(answer->result()), "2");
}

TEST(Membrane, isPaidForByItsPayer) {
  const auto payer = makeRef<Budget>();
  const auto membrane = makeRef<Membrane>("renderer", payer);
  const auto object = makeRef<Keeper>();
  Capability wrapped = membrane->wrap(Capability(object));
  const std::size_t idle = payer->used();
  EXPECT_GT(idle, 0u);
  const Ref<Answer> answer = wrapped.call(anyMethod, numbered(1));
  EXPECT_GT(payer->used(), idle);
  object->take().settle(numbered(2));
  EXPECT_EQ(payer->used(), idle);
  wrapped = Capability();
  EXPECT_EQ(payer->used(), 0u);
}

TEST(Membrane, withoutAPayerIsPaidForByWhoCalls) {
  Process process{{.carriers = 1}};
  const Ref<Troop> caller = process.troop({.name = "caller"});
  const std::size_t idle = caller->memory()->used();
  const auto object = makeRef<Keeper>();
  Capability chain(object);
  for (int i = 0; i < 10; ++i) chain = makeRef<Membrane>("hop")->wrap(chain);
  EXPECT_EQ(caller->memory()->used(), idle);
  const auto call = [&] {
    const auto answer = makeRef<Answer>();
    chain.deliver(Call(anyMethod, numbered(1), answer, never, {caller, nullptr}));
    return answer;
  };
  Ref<Answer> first = call();
  const std::size_t one = caller->memory()->used() - idle;
  EXPECT_GE(one, 10 * sizeof(Answer));
  Ref<Answer> second = call();
  EXPECT_EQ(caller->memory()->used() - idle, 2 * one);
  object->take().settle(numbered(2));
  object->take().settle(numbered(2));
  first.reset();
  second.reset();
  EXPECT_EQ(caller->memory()->used(), idle);
}

TEST(Membrane, refusesWhatItsPayerCannotPay) {
  const auto payer = makeRef<Budget>(1000);
  const auto membrane = makeRef<Membrane>("renderer", payer);
  const auto object = makeRef<Keeper>();
  const Capability wrapped = membrane->wrap(Capability(object));
  std::vector<Ref<Answer>> answers;
  for (std::uint64_t i = 0; i < 10; ++i) answers.push_back(wrapped.call(anyMethod, numbered(i)));
  EXPECT_FALSE(answers.front()->settled());
  EXPECT_EQ(detailOf(*answers.back()), ErrorDetail::memory);
  EXPECT_EQ(textOf(membrane->wrap(wrapped).call(anyMethod, numbered(1))->result()).substr(0, 10),
            "overloaded");
}

TEST(Membrane, chargesStayWithThoseWhoSent) {
  const auto caller = makeRef<Budget>();
  const auto callee = makeRef<Budget>();
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  Ref<Answer> answer = membrane->wrap(Capability(object)).call(anyMethod, numbered(1, {}, caller));
  EXPECT_GT(caller->used(), 0u);
  object->take().settle(numbered(2, {Capability(makeRef<Echo>())}, callee));
  EXPECT_EQ(caller->used(), 0u);
  EXPECT_GT(callee->used(), 0u);
  answer.reset();
  EXPECT_EQ(callee->used(), 0u);
}

// limitCalls

TEST(LimitCalls, passesAsManyAsItSays) {
  const auto membrane = makeRef<Membrane>("renderer");
  const Capability limited = limitCalls(membrane, Capability(makeRef<Echo>()), 2);
  EXPECT_EQ(textOf(limited.call(anyMethod, numbered(1))->result()), "1");
  EXPECT_EQ(textOf(limited.call(anyMethod, numbered(2))->result()), "2");
  EXPECT_FALSE(membrane->revoked());
  const Ref<Answer> third = limited.call(anyMethod, numbered(3));
  EXPECT_EQ(textOf(third->result()),
            "disconnected: capability 'renderer' was revoked: limit of 2 calls reached");
  EXPECT_EQ(detailOf(*third), ErrorDetail::revoked);
  EXPECT_TRUE(membrane->revoked());
  EXPECT_EQ(membrane->callsPassed(), 2u);
  EXPECT_EQ(membrane->callsRefused(), 1u);
}

TEST(LimitCalls, losesNoCallThatItHasPassed) {
  const auto membrane = makeRef<Membrane>("renderer");
  const auto object = makeRef<Keeper>();
  const Capability limited = limitCalls(membrane, Capability(object), 1);
  const Ref<Answer> first = limited.call(anyMethod, numbered(1));
  EXPECT_EQ(detailOf(*limited.call(anyMethod, numbered(2))), ErrorDetail::revoked);
  EXPECT_EQ(detailOf(*limited.call(anyMethod, numbered(3))), ErrorDetail::revoked);
  EXPECT_FALSE(membrane->revoked());
  object->take().settle(numbered(10));
  EXPECT_EQ(textOf(first->result()), "10");
  EXPECT_TRUE(membrane->revoked());
  EXPECT_EQ(membrane->callsRefused(), 2u);
}

TEST(LimitCalls, ofNoneRefusesTheFirst) {
  const auto membrane = makeRef<Membrane>("renderer");
  const Capability limited = limitCalls(membrane, Capability(makeRef<Echo>()), 0);
  EXPECT_EQ(detailOf(*limited.call(anyMethod, numbered(1))), ErrorDetail::revoked);
  EXPECT_TRUE(membrane->revoked());
}

}  // namespace
}  // namespace troop::proxy
