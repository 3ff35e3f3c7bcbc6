#include "tools/troop/hosting/standing-endpoint.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "proxy/answer.h"
#include "proxy/call.h"

namespace troop::hosting {
namespace {

using proxy::Answer;
using proxy::Call;
using proxy::Capability;
using proxy::Message;

class CountingEndpoint final : public proxy::Endpoint {
 public:
  void call(Call call) noexcept override {
    ++calls;
    call.settle(Message::empty());
  }
  std::atomic<int> calls{0};
};

Ref<Answer> callOf(const Capability& capability) {
  return capability.call({1, 0}, Message::empty());
}

TEST(StandingEndpoint, passesCallsToWhoeverServesNow) {
  const auto standing = makeRef<StandingEndpoint>("markdown");
  const auto first = makeRef<CountingEndpoint>(), second = makeRef<CountingEndpoint>();
  const Capability held(standing);
  standing->serveBy(Capability(first));
  EXPECT_TRUE(callOf(held)->result().succeeded());
  standing->serveBy(Capability(second));
  EXPECT_TRUE(callOf(held)->result().succeeded());
  EXPECT_TRUE(callOf(held)->result().succeeded());
  EXPECT_EQ(first->calls, 1);
  EXPECT_EQ(second->calls, 2);
}

TEST(StandingEndpoint, refusesCallsWhileNobodyServes) {
  const auto standing = makeRef<StandingEndpoint>("markdown");
  const Ref<Answer> answer = callOf(Capability(standing));
  ASSERT_TRUE(answer->settled());
  ASSERT_TRUE(answer->result().failed());
  EXPECT_EQ(answer->result().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(answer->result().error().executed(), Executed::no);
  EXPECT_EQ(answer->result().error().reason(), "troop 'markdown' is not running");
}

TEST(StandingEndpoint, letsGoOfWhoHasServed) {
  const auto standing = makeRef<StandingEndpoint>("markdown");
  std::atomic<bool> gone = false;
  class Leaving final : public proxy::Endpoint {
   public:
    explicit Leaving(std::atomic<bool>& flag) : flag_(flag) {}
    ~Leaving() override { flag_ = true; }
    void call(Call) noexcept override {}

   private:
    std::atomic<bool>& flag_;
  };
  standing->serveBy(Capability(makeRef<Leaving>(gone)));
  EXPECT_FALSE(gone);
  standing->serveBy(Capability());
  EXPECT_TRUE(gone);
}

TEST(StandingEndpoint, losesNoCallWhileServersAreExchanged) {
  const auto standing = makeRef<StandingEndpoint>("markdown");
  const auto server = makeRef<CountingEndpoint>();
  standing->serveBy(Capability(server));
  constexpr int callsEach = 10'000;
  std::atomic<int> answered{0}, refused{0};
  const auto callAll = [&] {
    for (int i = 0; i < callsEach; ++i) {
      const Ref<Answer> answer = callOf(Capability(standing));
      ASSERT_TRUE(answer->settled());
      ++(answer->result().succeeded() ? answered : refused);
    }
  };
  std::thread one(callAll), two(callAll);
  for (int i = 0; i < 1000; ++i) standing->serveBy(i % 2 == 0 ? Capability() : Capability(server));
  one.join();
  two.join();
  EXPECT_EQ(answered + refused, 2 * callsEach);
  EXPECT_EQ(server->calls, answered);
}

}  // namespace
}  // namespace troop::hosting
