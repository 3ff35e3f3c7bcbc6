#include "proxy/routing/interposed.h"

#include <gtest/gtest.h>

#include "proxy/testing/endpoints.h"
#include "runtime/process.h"

namespace troop::proxy {
namespace {

using namespace testing;

struct Passing {
  Ref<Answer> answer = makeRef<Answer>();
  std::optional<Call> inner;
  int seen = 0;

  explicit Passing(const Ref<Budget>& payer = {}, Caller caller = {}) {
    inner = interposed(Call(anyMethod, numbered(1), answer, never, std::move(caller)), payer,
                       [this](Expected<Message> result) {
                         ++seen;
                         return result;
                       });
  }
};

TEST(Interposed, seesTheResultBeforeTheCaller) {
  Passing passing;
  EXPECT_EQ(numberOf(passing.inner->params), 1u);
  EXPECT_FALSE(passing.answer->settled());
  passing.inner->settle(numbered(2));
  EXPECT_EQ(passing.seen, 1);
  EXPECT_EQ(textOf(passing.answer->result()), "2");
}

TEST(Interposed, mayGiveAnotherResult) {
  const auto answer = makeRef<Answer>();
  std::optional<Call> inner = interposed(
      Call(anyMethod, numbered(1), answer), {},
      [](Expected<Message>) -> Expected<Message> { return Error(ErrorKind::failed, "no"); });
  inner->settle(numbered(2));
  EXPECT_EQ(textOf(answer->result()), "failed: no");
}

TEST(Interposed, passesOnThatTheCallerGaveUp) {
  Passing passing;
  bool told = false;
  passing.inner->answer()->onCancel([&](const Error&) { told = true; });
  passing.answer->cancel(Error(ErrorKind::failed, "enough", ErrorDetail::cancelled));
  EXPECT_TRUE(told);
  EXPECT_TRUE(passing.inner->decided());
  EXPECT_EQ(passing.seen, 1);
  EXPECT_EQ(textOf(passing.answer->result()), "failed: enough");
}

TEST(Interposed, answersWhereTheCallIsDropped) {
  Passing passing;
  passing.inner.reset();
  EXPECT_EQ(passing.answer->result().error().kind(), ErrorKind::disconnected);
}

TEST(Interposed, isPaidForWhileItIsUnderWay) {
  const auto payer = makeRef<Budget>();
  Passing passing(payer);
  EXPECT_GT(payer->used(), 0u);
  passing.inner->settle(numbered(2));
  passing.inner.reset();
  EXPECT_EQ(payer->used(), 0u);
}

TEST(Interposed, refusesWhatNobodyPaysFor) {
  Passing passing(makeRef<Budget>(10));
  EXPECT_FALSE(passing.inner);
  EXPECT_EQ(detailOf(*passing.answer), ErrorDetail::memory);
}

TEST(Interposed, isTheExpenseOfWhoCallsOtherwise) {
  Process process({.carriers = 1});
  const Ref<Troop> caller = process.troop({.name = "caller"});
  const std::size_t before = caller->memory()->used();
  const Passing passing({}, {.sender = caller, .loan = {}});
  EXPECT_GT(caller->memory()->used(), before);
}

}  // namespace
}  // namespace troop::proxy
