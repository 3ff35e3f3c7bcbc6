#include "proxy/promised.h"

#include <gtest/gtest.h>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

TEST(Promised, handsItsCallsOverInOrder) {
  const auto object = makeRef<Keeper>("object");
  auto [capability, resolver] = promiseCapability("main");
  EXPECT_EQ(capability.describe(), "main");
  for (std::uint64_t i = 0; i < 3; ++i) capability.call(anyMethod, numbered(i));
  resolver.resolve(Capability(object));
  capability.call(anyMethod, numbered(3));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(capability.describe(), "object");
}

TEST(Promised, callsMadeWhileItHandsOverGoBehindThoseThatQueued) {
  const auto object = makeRef<Keeper>();
  auto [capability, resolver] = promiseCapability("main");
  for (std::uint64_t i = 0; i < 3; ++i) capability.call(anyMethod, numbered(i));
  object->onCall = [&, made = false](Call&) mutable {
    if (!std::exchange(made, true)) capability.call(anyMethod, numbered(10));
  };
  resolver.resolve(Capability(object));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{0, 1, 2, 10}));
  object->onCall = nullptr;
}

TEST(Promised, isResolvedOnce) {
  const auto first = makeRef<Keeper>();
  const auto second = makeRef<Keeper>();
  const auto promised = makeRef<Promised>("main");
  promised->resolve(Capability(first));
  promised->resolve(Capability(second));
  promised->fail(Error(ErrorKind::failed, "late"));
  Capability(promised).call(anyMethod, numbered(1));
  EXPECT_EQ(first->arrived().size(), 1u);
  EXPECT_TRUE(second->arrived().empty());
}

TEST(Promised, failsItsCallsWithItsError) {
  auto [capability, resolver] = promiseCapability("main");
  const Ref<Answer> queued = capability.call(anyMethod, numbered(1));
  resolver.fail(Error(ErrorKind::disconnected, "guest died", ErrorDetail::memory));
  EXPECT_EQ(textOf(queued->result()), "disconnected: guest died");
  EXPECT_EQ(detailOf(*capability.call(anyMethod, numbered(2))), ErrorDetail::memory);
}

TEST(Promised, failsItsCallsWhenItsResolverIsDropped) {
  Ref<Answer> queued;
  Capability kept;
  {
    auto [capability, resolver] = promiseCapability("main");
    queued = capability.call(anyMethod, numbered(1));
    kept = capability;
  }
  EXPECT_EQ(textOf(queued->result()), "disconnected: 'main' will never be there");
  EXPECT_EQ(queued->result().error().executed(), Executed::no);
  EXPECT_EQ(kept.call(anyMethod, numbered(2))->result().error().kind(), ErrorKind::disconnected);
}

TEST(Promised, whoseResolverIsAssignedFailsWhatItHadToResolve) {
  auto [first, resolver] = promiseCapability("first");
  auto [second, other] = promiseCapability("second");
  resolver = std::move(other);
  EXPECT_EQ(textOf(first.call(anyMethod, numbered(1))->result()),
            "disconnected: 'first' will never be there");
  resolver.resolve(Capability(makeRef<Echo>()));
  EXPECT_EQ(textOf(second.call(anyMethod, numbered(1))->result()), "1");
}

TEST(Promised, resolvedToNullFailsItsCalls) {
  auto [capability, resolver] = promiseCapability("main");
  const Ref<Answer> queued = capability.call(anyMethod, numbered(1));
  resolver.resolve({});
  EXPECT_EQ(textOf(queued->result()), "failed: null capability");
}

TEST(Promised, resolvedToItselfFails) {
  auto [capability, resolver] = promiseCapability("main");
  const Ref<Answer> queued = capability.call(anyMethod, numbered(1));
  resolver.resolve(capability);
  EXPECT_EQ(textOf(queued->result()), "failed: the promise was resolved to itself");
}

TEST(Promised, resolvedToItselfAroundOthersFails) {
  auto [first, resolveFirst] = promiseCapability("first");
  auto [second, resolveSecond] = promiseCapability("second");
  auto [third, resolveThird] = promiseCapability("third");
  resolveFirst.resolve(second);
  resolveSecond.resolve(third);
  resolveThird.resolve(first);
  for (const Capability& capability : {first, second, third}) {
    EXPECT_EQ(textOf(capability.call(anyMethod, numbered(1))->result()),
              "failed: the promise was resolved to itself");
  }
}

TEST(Promised, passesCallsOnToAnotherPromiseInOrder) {
  const auto object = makeRef<Keeper>();
  auto [first, resolveFirst] = promiseCapability("first");
  auto [second, resolveSecond] = promiseCapability("second");
  first.call(anyMethod, numbered(1));
  resolveFirst.resolve(second);
  first.call(anyMethod, numbered(2));
  second.call(anyMethod, numbered(3));
  first.call(anyMethod, numbered(4));
  EXPECT_TRUE(object->arrived().empty());
  resolveSecond.resolve(Capability(object));
  first.call(anyMethod, numbered(5));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(first.resolved(), Capability(object));
}

TEST(Promised, chainsOfAnyLengthAreWalkedResolvedAndFreed) {
  constexpr int length = 100'000;
  int destroyed = 0;
  auto object = makeRef<Keeper>();
  object->onDestroy = [&] { ++destroyed; };
  auto [first, resolver] = promiseCapability("first");
  Resolver last = std::move(resolver);
  for (int i = 0; i < length; ++i) {
    auto [next, resolveNext] = promiseCapability("next");
    last.resolve(std::move(next));
    last = std::move(resolveNext);
  }
  const Ref<Answer> queued = first.call(anyMethod, numbered(7));
  last.resolve(Capability(object));
  EXPECT_EQ(object->arrived(), std::vector<std::uint64_t>{7});
  first.call(anyMethod, numbered(8));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{7, 8}));
  while (object->waiting() > 0) object->take();
  object.reset();
  EXPECT_EQ(destroyed, 0);
  first = Capability();
  EXPECT_EQ(destroyed, 1);
}

TEST(Promised, chainsThatWereNeverUsedAreFreedInConstantStack) {
  auto [first, resolver] = promiseCapability("first");
  Resolver last = std::move(resolver);
  for (int i = 0; i < 100'000; ++i) {
    auto [next, resolveNext] = promiseCapability("next");
    last.resolve(std::move(next));
    last = std::move(resolveNext);
  }
  last.fail(Error(ErrorKind::failed, "enough"));
  first = Capability();
}

TEST(Promised, callsThatAreCancelledLeaveTheQueue) {
  const auto object = makeRef<Keeper>();
  const auto promised = makeRef<Promised>("main");
  const Capability capability(promised);
  const Ref<Answer> first = capability.call(anyMethod, numbered(1));
  const Ref<Answer> second = capability.call(anyMethod, numbered(2));
  const Ref<Answer> third = capability.call(anyMethod, numbered(3));
  second->cancel(Error(ErrorKind::failed, "not needed", ErrorDetail::cancelled));
  EXPECT_EQ(promised->callsQueued(), 2u);
  promised->resolve(Capability(object));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 3}));
}

TEST(Promised, keepsTheChargeOfWhatWaits) {
  const auto caller = makeRef<Budget>();
  auto [capability, resolver] = promiseCapability("main");
  const Ref<Answer> queued = capability.call(anyMethod, numbered(1, {}, caller));
  EXPECT_NE(caller->used(), 0u);
  queued->cancel(Error(ErrorKind::failed, "not needed", ErrorDetail::cancelled));
  EXPECT_EQ(caller->used(), 0u);
}

TEST(Promised, mayBeResolvedAndDroppedInsideACallback) {
  auto [capability, resolver] = promiseCapability("main");
  const auto object = makeRef<Keeper>();
  const auto answer = makeRef<Answer>();
  capability.call(anyMethod, numbered(1));
  answer->onSettled([&] {
    resolver.resolve(Capability(object));
    capability.call(anyMethod, numbered(2));
    capability = Capability();
  });
  answer->settle(numbered(0));
  EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2}));
}

}  // namespace
}  // namespace troop::proxy
