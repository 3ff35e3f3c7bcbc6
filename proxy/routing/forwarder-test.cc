#include "proxy/routing/forwarder.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

// Sends each call on, or keeps it where it has nothing to send it to.
class Hop final : public Forwarder {
 public:
  explicit Hop(Capability to) : to_(std::move(to)) {}

  Ref<Endpoint> forward(Call& call) noexcept override {
    ++calls;
    if (to_) return Ref<Endpoint>::share(&to_.endpoint());
    kept.push_back(std::move(call));
    return nullptr;
  }
  Ref<Endpoint> next() const noexcept override {
    return to_ ? Ref<Endpoint>::share(&to_.endpoint()) : nullptr;
  }
  std::string describe() const override { return "hop"; }

  int calls = 0;
  std::vector<Call> kept;

 private:
  const Capability to_;
};

Capability chain(std::size_t length, Capability end) {
  for (std::size_t i = 0; i < length; ++i) end = Capability(makeRef<Hop>(std::move(end)));
  return end;
}

TEST(Forwarder, passesACallThroughEachToTheEnd) {
  const auto last = makeRef<Hop>(Capability(makeRef<Echo>()));
  const auto first = makeRef<Hop>(Capability(last));
  EXPECT_EQ(textOf(Capability(first).call(anyMethod, numbered(5))->result()), "5");
  EXPECT_EQ(first->calls, 1);
  EXPECT_EQ(last->calls, 1);
}

TEST(Forwarder, mayKeepACall) {
  const auto hop = makeRef<Hop>(Capability());
  const Ref<Answer> answer = chain(3, Capability(hop)).call(anyMethod, numbered(5));
  ASSERT_EQ(hop->kept.size(), 1u);
  EXPECT_FALSE(answer->settled());
  hop->kept.clear();
  EXPECT_EQ(textOf(answer->result()), "disconnected: the call was dropped");
}

TEST(Forwarder, failsCallsThatGoThroughTooMany) {
  const Capability echo(makeRef<Echo>());
  const auto callThrough = [&](std::size_t hops) {
    return chain(hops, echo).call(anyMethod, numbered(5));
  };
  EXPECT_EQ(textOf(callThrough(Forwarder::hopsMax - 1)->result()), "5");
  const Ref<Answer> tooFar = callThrough(Forwarder::hopsMax);
  EXPECT_EQ(textOf(tooFar->result()), "failed: the capability goes through more than 256 others");
  EXPECT_EQ(detailOf(*tooFar), ErrorDetail::quota);
  EXPECT_EQ(tooFar->result().error().executed(), Executed::no);
}

TEST(Forwarder, countsThoseThatACallGoesThrough) {
  const Capability echo(makeRef<Echo>());
  EXPECT_EQ(Forwarder::hopsOf(Capability()), 0u);
  EXPECT_EQ(Forwarder::hopsOf(echo), 0u);
  EXPECT_EQ(Forwarder::hopsOf(chain(3, echo)), 3u);
  EXPECT_EQ(Forwarder::hopsOf(chain(2, Capability())), 2u);
  EXPECT_EQ(Forwarder::hopsOf(chain(Forwarder::hopsMax + 10, echo)), Forwarder::hopsMax);
}

}  // namespace
}  // namespace troop::proxy
