#include "proxy/sealing.h"

#include <gtest/gtest.h>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/membrane.h"
#include "proxy/promised.h"
#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

TEST(Sealing, opensWhatItsOwnSealerClosed) {
  const auto [sealer, unsealer] = makeSealedPair("purse");
  const Capability account(makeRef<Echo>());
  const Capability box = sealer.seal(account);
  EXPECT_NE(box, account);
  EXPECT_NE(box, sealer.seal(account)) << "another box each time";
  EXPECT_EQ(unsealer.unseal(box).value(), account);
  EXPECT_EQ(unsealer.unseal(box).value(), account) << "as often as is wanted";
  EXPECT_FALSE(unsealer.unseal(sealer.seal({})).value());
}

TEST(Sealing, opensNothingElse) {
  const auto [sealer, unsealer] = makeSealedPair("purse");
  const SealedPair another = makeSealedPair("purse");
  const Capability object(makeRef<Keeper>("renderer"));
  EXPECT_EQ(unsealer.unseal(object).error().reason(), "renderer is no box of 'purse'");
  EXPECT_EQ(unsealer.unseal({}).error().reason(), "null is no box of 'purse'");
  const Capability theirs = another.sealer.seal(object);
  EXPECT_EQ(unsealer.unseal(theirs).error().reason(), "box 'purse' is no box of 'purse'");
  EXPECT_EQ(unsealer.unseal(sealer.seal(theirs)).value(), theirs) << "one layer at a time";
}

TEST(Sealing, showsNothingToWhoHoldsABox) {
  const auto [sealer, unsealer] = makeSealedPair("purse");
  const auto object = makeRef<Keeper>();
  const Ref<Answer> answer = sealer.seal(Capability(object)).call(anyMethod, numbered(1));
  EXPECT_EQ(textOf(answer->result()),
            "unimplemented: box 'purse' is sealed: it can only be opened by its unsealer");
  EXPECT_TRUE(object->arrived().empty());
}

TEST(Sealing, seesThroughPromises) {
  const auto [sealer, unsealer] = makeSealedPair("purse");
  auto [promised, resolver] = promiseCapability("later");
  EXPECT_TRUE(unsealer.unseal(promised).failed());
  const Capability inside(makeRef<Echo>());
  resolver.resolve(sealer.seal(inside));
  EXPECT_EQ(unsealer.unseal(promised).value(), inside);
}

// What is behind a boundary that may be revoked is not to be reached around it.
TEST(Sealing, doesNotReachThroughMembranes) {
  const auto [sealer, unsealer] = makeSealedPair("purse");
  const auto membrane = makeRef<Membrane>("guest");
  EXPECT_TRUE(unsealer.unseal(membrane->wrap(sealer.seal(Capability(makeRef<Echo>())))).failed());
}

TEST(Sealing, letsGoOfWhatIsInsideWithTheBox) {
  const SealedPair pair = makeSealedPair("purse");
  const auto payer = makeRef<Budget>();
  int destroyed = 0;
  {
    auto object = makeRef<Keeper>();
    object->onDestroy = [&] { ++destroyed; };
    const Capability box = pair.sealer.seal(Capability(std::move(object)), payer);
    EXPECT_GT(payer->used(), 0u);
  }
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(payer->used(), 0u);
  const Capability broken = pair.sealer.seal(Capability(makeRef<Echo>()), makeRef<Budget>(1));
  EXPECT_EQ(detailOf(*broken.call(anyMethod, numbered(1))), ErrorDetail::memory);
}

}  // namespace
}  // namespace troop::proxy
