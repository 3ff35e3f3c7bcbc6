#include "proxy/attenuation.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/membrane.h"
#include "proxy/routing/forwarder.h"
#include "proxy/testing/endpoints.h"
#include "runtime/process.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::proxy {
namespace {

using namespace testing;

constexpr MethodId otherMethod{0x1234, 6};

std::string answerOf(const Capability& capability, MethodId method = anyMethod) {
  return textOf(capability.call(method, numbered(7))->result());
}

TEST(Attenuation, ofNothingPassesEverything) {
  const auto echo = makeRef<Echo>();
  const Capability same = attenuate(Capability(echo), {});
  EXPECT_EQ(answerOf(same), "7");
  EXPECT_EQ(answerOf(same, otherMethod), "7");
  EXPECT_FALSE(attenuate({}, {}));
}

TEST(Attenuation, offersNoOtherMethods) {
  const auto echo = makeRef<Echo>();
  const Capability facet =
      attenuate(Capability(echo), {.name = "reader", .methods = {{anyMethod}}});
  EXPECT_EQ(answerOf(facet), "7");
  const Ref<Answer> refused = facet.call(otherMethod, numbered(1));
  EXPECT_EQ(textOf(refused->result()),
            "unimplemented: capability 'reader' does not offer @0x0000000000001234.6");
  EXPECT_EQ(refused->result().error().executed(), Executed::no);
  EXPECT_EQ(echo->calls, 1u);
  const Capability nothing = attenuate(Capability(echo), {.methods = {{}}});
  EXPECT_EQ(nothing.call(anyMethod, numbered(1))->result().error().kind(),
            ErrorKind::unimplemented);
}

TEST(Attenuation, expires) {
  sim::runIn(sim::World::simulated, [] {
    const auto object = makeRef<Keeper>();
    const Capability soon = attenuate(Capability(object), {.name = "trial", .expires = after(1h)});
    const Ref<Answer> underWay = soon.call(anyMethod, numbered(1));
    sleep(59min);
    soon.call(anyMethod, numbered(2));
    sleep(1min);
    EXPECT_EQ(answerOf(soon), "disconnected: capability 'trial' has expired");
    const Ref<Answer> late = soon.call(anyMethod, numbered(1));
    EXPECT_EQ(detailOf(*late), ErrorDetail::revoked);
    EXPECT_EQ(late->result().error().executed(), Executed::no);
    EXPECT_EQ(object->arrived(), (std::vector<std::uint64_t>{1, 2}));
    object->take().settle(numbered(3));
    EXPECT_EQ(textOf(underWay->result()), "3") << "what has begun goes on";
  });
}

TEST(Attenuation, isUsedUpAfterSoManyCalls) {
  const auto echo = makeRef<Echo>();
  const Capability twice = attenuate(Capability(echo), {.name = "coupon", .callsMax = 2});
  EXPECT_EQ(answerOf(twice), "7");
  EXPECT_EQ(answerOf(twice), "7");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(answerOf(twice),
              "disconnected: capability 'coupon' is used up: its limit of 2 calls was reached");
  }
  EXPECT_EQ(echo->calls, 2u);
}

TEST(Attenuation, countsNoCallsThatAreRefused) {
  const auto echo = makeRef<Echo>();
  const Capability once = attenuate(Capability(echo), {.methods = {{anyMethod}}, .callsMax = 1});
  once.call(otherMethod, numbered(1));
  EXPECT_EQ(answerOf(once), "7");
}

TEST(Attenuation, keepsARate) {
  sim::runIn(sim::World::simulated, [] {
    const auto echo = makeRef<Echo>();
    const Capability slow =
        attenuate(Capability(echo), {.name = "mailer", .rate = CallRate{.calls = 3, .per = 30s}});
    const auto passes = [&] {
      std::size_t count = 0;
      while (count < 100 && slow.call(anyMethod, numbered(1))->result().succeeded()) ++count;
      return count;
    };
    EXPECT_EQ(passes(), 3u);
    EXPECT_EQ(answerOf(slow),
              "overloaded: capability 'mailer' may be called 3 times in 30000 ms: "
              "again in 10000 ms");
    EXPECT_EQ(detailOf(*slow.call(anyMethod, numbered(1))), ErrorDetail::quota);
    sleep(10s);
    EXPECT_EQ(passes(), 1u);
    sleep(1h);
    EXPECT_EQ(passes(), 3u) << "what was not used is not saved up";
    EXPECT_EQ(echo->calls, 7u);
  });
}

TEST(Attenuation, refusesRatesThatMeanNothing) {
  const Capability object(makeRef<Echo>());
  EXPECT_THROW(attenuate(object, {.rate = CallRate{.calls = 0, .per = 1s}}), Error);
  EXPECT_THROW(attenuate(object, {.rate = CallRate{.calls = 1, .per = 0s}}), Error);
  EXPECT_THROW(attenuate(object, {.rate = CallRate{.calls = 1, .per = forever}}), Error);
  EXPECT_THROW(attenuate(object, {.rate = CallRate{.calls = 1'001, .per = 1us}}), Error);
  EXPECT_THROW(attenuate(object, {.rate = CallRate{.calls = Attenuation::unlimited, .per = 1s}}),
               Error);
}

TEST(Attenuation, countsBytesOfParametersAndResults) {
  const std::size_t each = numbered(7).bytes().size();
  const auto echo = makeRef<Echo>();
  const Capability metered = attenuate(Capability(echo), {.name = "link", .bytesMax = 5 * each});
  EXPECT_EQ(answerOf(metered), "7");
  EXPECT_EQ(answerOf(metered), "7");
  // Its parameters still fit.
  const Ref<Answer> half = metered.call(anyMethod, numbered(1));
  EXPECT_EQ(half->result().error().executed(), Executed::maybe);
  EXPECT_EQ(echo->calls, 3u);
  const Ref<Answer> refused = metered.call(anyMethod, numbered(1));
  EXPECT_NE(refused->result().error().reason().find("is used up: its limit of"), std::string::npos);
  EXPECT_EQ(detailOf(*refused), ErrorDetail::revoked);
  EXPECT_EQ(refused->result().error().executed(), Executed::no);
  EXPECT_EQ(echo->calls, 3u);
}

TEST(Attenuation, letsSmallerCallsThroughWhereALargeOneDoesNotFit) {
  const std::size_t each = numbered(7).bytes().size();
  const Capability metered = attenuate(Capability(makeRef<Echo>()), {.bytesMax = 2 * each});
  const Ref<Answer> large = metered.call(anyMethod, numbered(1, std::vector<Capability>(100)));
  EXPECT_EQ(large->result().error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(detailOf(*large), ErrorDetail::quota);
  EXPECT_EQ(answerOf(metered), "7") << "exactly as much as was left";
  EXPECT_EQ(detailOf(*metered.call(anyMethod, numbered(1))), ErrorDetail::revoked);
}

// A call under way keeps nothing alive that serves it.
TEST(Attenuation, isLetGoWithCallsUnderWay) {
  int destroyed = 0;
  auto object = makeRef<Keeper>();
  object->onDestroy = [&] { ++destroyed; };
  Capability metered = attenuate(Capability(std::move(object)), {.bytesMax = 1000});
  const Ref<Answer> answer = metered.call(anyMethod, numbered(1));
  metered = {};
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(answer->result().error().kind(), ErrorKind::disconnected);
}

TEST(Attenuation, countsNoCallThatItsSenderCannotPayFor) {
  Process process({.carriers = 1});
  const Ref<Troop> poor = process.troop({.name = "poor", .memoryBytesMax = 1 << 20});
  const Capability once = attenuate(Capability(makeRef<Echo>()), {.callsMax = 1, .bytesMax = 1000});
  const auto callFromPoor = [&] {
    const auto answer = makeRef<Answer>();
    once.deliver(Call(anyMethod, numbered(7), answer, never, {.sender = poor, .loan = {}}));
    return answer;
  };
  {
    const std::size_t left = poor->memory()->limit() - poor->memory()->used();
    const Charge all = poor->memory()->charge(left).value();
    EXPECT_EQ(detailOf(*callFromPoor()), ErrorDetail::memory);
  }
  EXPECT_EQ(textOf(callFromPoor()->result()), "7");
}

TEST(Attenuation, countsCallsOfManyAtOnce) {
  const auto echo = makeRef<Echo>();
  const Capability shared =
      attenuate(Capability(echo), {.callsMax = 1'000, .bytesMax = Attenuation::unlimited - 1});
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i) shared.call(anyMethod, numbered(1));
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(echo->calls, 1'000u);
}

TEST(Attenuation, passesCancellingOn) {
  const auto object = makeRef<Keeper>();
  const Capability metered = attenuate(Capability(object), {.bytesMax = 1000});
  const Ref<Answer> answer = metered.call(anyMethod, numbered(1));
  const Call call = object->take();
  answer->cancel(Error(ErrorKind::failed, "enough", ErrorDetail::cancelled));
  EXPECT_TRUE(call.decided());
}

TEST(Attenuation, goesThroughMembranesAsAnyOther) {
  const auto membrane = makeRef<Membrane>("outer");
  const Capability both = membrane->wrap(attenuate(Capability(makeRef<Echo>()), {.callsMax = 1}));
  EXPECT_EQ(answerOf(both), "7");
  membrane->revoke("");
  EXPECT_EQ(answerOf(both), "disconnected: capability 'outer' was revoked");
}

TEST(Attenuation, isPaidForAsLongAsItExists) {
  const auto payer = makeRef<Budget>();
  {
    const Capability paid = attenuate(Capability(makeRef<Echo>()), {}, payer);
    EXPECT_GT(payer->used(), 0u);
  }
  EXPECT_EQ(payer->used(), 0u);
  const Capability broken = attenuate(Capability(makeRef<Echo>()), {}, makeRef<Budget>(1));
  EXPECT_EQ(detailOf(*broken.call(anyMethod, numbered(1))), ErrorDetail::memory);
}

TEST(Attenuation, endsChainsThatAreTooLong) {
  const auto payer = makeRef<Budget>();
  Capability chain(makeRef<Echo>());
  chain = attenuate(std::move(chain), {}, payer);
  const std::size_t each = payer->used();
  for (std::size_t i = 0; i < Forwarder::hopsMax + 10; ++i) {
    chain = attenuate(std::move(chain), {}, payer);
  }
  EXPECT_EQ(detailOf(*chain.call(anyMethod, numbered(1))), ErrorDetail::quota);
  EXPECT_LE(payer->used(), Forwarder::hopsMax * each);
}

}  // namespace
}  // namespace troop::proxy
