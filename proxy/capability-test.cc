#include "proxy/capability.h"

#include <gtest/gtest.h>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/promised.h"
#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

TEST(Capability, thatIsNullAnswersSo) {
  const Capability null;
  const Ref<Answer> answer = null.call(anyMethod, numbered(1));
  ASSERT_TRUE(answer->settled());
  EXPECT_EQ(textOf(answer->result()), "failed: null capability");
  EXPECT_EQ(answer->result().error().executed(), Executed::no);
  EXPECT_EQ(null.describe(), "null");
}

TEST(Capability, thatIsBrokenAnswersItsError) {
  const Capability broken = Capability::broken(
      Error(ErrorKind::overloaded, "no room", ErrorDetail::quota, Executed::maybe));
  const Ref<Answer> answer = broken.call(anyMethod, numbered(1));
  EXPECT_EQ(textOf(answer->result()), "overloaded: no room");
  EXPECT_EQ(detailOf(*answer), ErrorDetail::quota);
  EXPECT_EQ(answer->result().error().executed(), Executed::no);
}

TEST(Capability, callsArriveInOrderWithTheirParameters) {
  const auto keeper = makeRef<Keeper>();
  const Capability capability(keeper);
  for (std::uint64_t i = 0; i < 5; ++i) capability.call(anyMethod, numbered(i));
  EXPECT_EQ(keeper->arrived(), (std::vector<std::uint64_t>{0, 1, 2, 3, 4}));
  const Call first = keeper->take();
  EXPECT_EQ(first.method, anyMethod);
  EXPECT_EQ(first.deadline, never);
}

TEST(Capability, isTheSameAsItsCopies) {
  const Capability echo(makeRef<Echo>());
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it is what is tested
  const Capability copy = echo;
  EXPECT_EQ(echo, copy);
  EXPECT_NE(echo, Capability(makeRef<Echo>()));
  EXPECT_EQ(Capability(), Capability());
}

TEST(Capability, keepsItsEndpointUntilTheLastOneGoes) {
  int destroyed = 0;
  auto keeper = makeRef<Keeper>();
  keeper->onDestroy = [&] { ++destroyed; };
  Capability first(std::move(keeper));
  Capability second = first;
  first = Capability();
  EXPECT_EQ(destroyed, 0);
  Capability& same = second;
  second = std::move(same);
  EXPECT_EQ(destroyed, 0);
  second = Capability();
  EXPECT_EQ(destroyed, 1);
}

// Holds another capability, as objects do.
class Link final : public Endpoint {
 public:
  explicit Link(Capability next) : next_(std::move(next)) {}
  void call(Call call) noexcept override { call.settle(numbered(0)); }

 private:
  const Capability next_;
};

TEST(Capability, chainsOfAnyLengthAreDestroyedInConstantStack) {
  int destroyed = 0;
  auto last = makeRef<Keeper>();
  last->onDestroy = [&] { ++destroyed; };
  Capability chain(std::move(last));
  for (int i = 0; i < 300'000; ++i) chain = Capability(makeRef<Link>(std::move(chain)));
  chain = Capability();
  EXPECT_EQ(destroyed, 1);
}

TEST(Capability, chainsThroughMessagesAreDestroyedInConstantStack) {
  int destroyed = 0;
  auto last = makeRef<Keeper>();
  last->onDestroy = [&] { ++destroyed; };
  Capability chain(std::move(last));
  for (int i = 0; i < 100'000; ++i) {
    // A promise, resolved by an answer that holds the next one.
    const auto keeper = makeRef<Keeper>();
    const Ref<Answer> answer = Capability(keeper).call(anyMethod, numbered(0));
    keeper->take().settle(numbered(0, {chain}));
    struct Holding final : Endpoint {
      explicit Holding(Ref<Answer> answer) : answer(std::move(answer)) {}
      void call(Call) noexcept override {}
      Ref<Answer> answer;
    };
    chain = Capability(makeRef<Holding>(answer));
  }
  chain = Capability();
  EXPECT_EQ(destroyed, 1);
}

TEST(Capability, describesMethodsAsSchemasDo) {
  EXPECT_EQ(describe(MethodId{0xb1d3f1a2c4e59687, 3}), "@0xb1d3f1a2c4e59687.3");
}

}  // namespace
}  // namespace troop::proxy
