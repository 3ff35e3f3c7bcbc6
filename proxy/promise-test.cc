#include "proxy/promise.h"

#include <gtest/gtest.h>

#include <utility>

#include "proxy/call.h"
#include "proxy/promised.h"
#include "proxy/testing/endpoints.h"
#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::proxy {
namespace {

using namespace testing;

struct Results {
  std::uint64_t number = 0;
  static Results read(const StructReader& reader) {
    if (reader.number<std::uint64_t>(0) == 666) throw std::runtime_error("unreadable");
    return {reader.number<std::uint64_t>(0)};
  }
};

TEST(Promise, givesResultsThatAreThere) {
  const Promise<Results> promise(Capability(makeRef<Echo>()).call(anyMethod, numbered(7)));
  EXPECT_TRUE(promise.ready());
  EXPECT_EQ(promise.get()->number, 7u);
  EXPECT_EQ(promise.get(1ms)->number, 7u);
}

TEST(Promise, givesTheErrorOfItsCallee) {
  const auto keeper = makeRef<Keeper>();
  const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
  EXPECT_FALSE(promise.ready());
  keeper->take().settle(Error(ErrorKind::unimplemented, "no such method"));
  const Expected<Results> results = promise.get();
  EXPECT_EQ(results.error().kind(), ErrorKind::unimplemented);
  EXPECT_EQ(results.error().reason(), "no such method");
}

TEST(Promise, cancelsTheCallAtItsTimeout) {
  const auto keeper = makeRef<Keeper>();
  const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
  Call call = keeper->take();
  bool told = false;
  call.answer()->onCancel([&](const Error&) { told = true; });
  const Expected<Results> results = promise.get(1ms);
  EXPECT_EQ(results.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(results.error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(results.error().reason(), "no answer within 1 ms");
  EXPECT_EQ(results.error().executed(), Executed::maybe);
  EXPECT_TRUE(told);
  call.settle(numbered(1));
  EXPECT_EQ(promise.get().error().detail(), ErrorDetail::deadline);
}

TEST(Promise, cancelsTheCallWhenTheLastOneGoes) {
  const auto keeper = makeRef<Keeper>();
  {
    const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
    const Promise<Results> copy = promise;  // NOLINT(performance-unnecessary-copy-initialization)
    {
      const Promise<Results> other = copy;  // NOLINT(performance-unnecessary-copy-initialization)
    }
    EXPECT_FALSE(promise.ready());
  }
  EXPECT_EQ(detailOf(*keeper->take().answer()), ErrorDetail::cancelled);
}

TEST(Promise, cancelsTheCallWhenAsked) {
  const auto keeper = makeRef<Keeper>();
  const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
  promise.cancel();
  EXPECT_EQ(promise.get().error().detail(), ErrorDetail::cancelled);
}

TEST(Promise, staysAliveWhileCallsArePipelinedOnIt) {
  const auto keeper = makeRef<Keeper>();
  const auto object = makeRef<Keeper>();
  Ref<Answer> queued;
  {
    Capability promised;
    {
      const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
      promised = promise.pipeline({0});
    }
    queued = promised.call(anyMethod, numbered(8));
  }
  keeper->take().settle(numbered(0, {Capability(object)}));
  EXPECT_EQ(object->arrived(), std::vector<std::uint64_t>{8});
}

TEST(Promise, takesWhatReadingThrowsForAnError) {
  const auto keeper = makeRef<Keeper>();
  const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
  keeper->take().settle(numbered(666));
  EXPECT_EQ(promise.get().error().reason(), "unreadable");
}

TEST(Promise, chargesItsResultsToWhoCalledFromTheMomentTheyAreThere) {
  const auto callee = makeRef<Budget>();
  const auto keeper = makeRef<Keeper>();
  run([&] {
    const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
    Message result = numbered(9, {}, callee);
    EXPECT_GT(callee->used(), 0u);
    keeper->take().settle(std::move(result));
    EXPECT_EQ(callee->used(), 0u);
    EXPECT_EQ(promise.get()->number, 9u);
  });
}

TEST(Promise, wakesTheTaskThatWaits) {
  const auto keeper = makeRef<Keeper>();
  run([&] {
    const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
    Scope scope;
    scope.task([&] { keeper->take().settle(numbered(9)); });
    EXPECT_EQ(promise.get()->number, 9u);
  });
}

TEST(Promise, isCancelledWithTheTaskThatWaits) {
  const auto keeper = makeRef<Keeper>();
  run([&] {
    inScope({}, [&](Scope& scope) {
      scope.task([&] {
        const Promise<Results> promise(Capability(keeper).call(anyMethod, numbered(7)));
        (void)promise.get();
        ADD_FAILURE() << "was not cancelled";
      });
      yield();
      scope.cancel();
    });
  });
  EXPECT_EQ(detailOf(*keeper->take().answer()), ErrorDetail::cancelled);
}

}  // namespace
}  // namespace troop::proxy
