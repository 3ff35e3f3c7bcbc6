#include "proxy/caller.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "proxy/builder.h"
#include "proxy/call.h"
#include "runtime/process.h"

namespace troop::proxy {
namespace {

class CallerTest : public testing::Test {
 protected:
  Process process{{.carriers = 1}};
  Ref<Troop> acme = process.troop({.name = "acme"});
};

TEST_F(CallerTest, ofAnOsThreadIsNobody) {
  const Caller caller = Caller::current();
  EXPECT_EQ(caller.payer(), nullptr);
  EXPECT_EQ(caller.payerId(), 0u);
  EXPECT_EQ(caller.senderId(), 0u);
  EXPECT_EQ(Caller::currentSender(), 0u);
  EXPECT_EQ(Caller::currentBudget(), nullptr);
  EXPECT_EQ(Caller::describe(caller.payer()), "the host");
}

TEST_F(CallerTest, ofATaskIsItsTroopWhichLends) {
  const Ref<Thread> thread = acme->thread({"t"}, [] {
    const Caller caller = Caller::current();
    ASSERT_TRUE(caller.loan);
    EXPECT_EQ(&caller.loan->lender(), caller.sender.get());
    EXPECT_EQ(caller.payerId(), Caller::currentSender());
    EXPECT_EQ(Caller::currentBudget(), caller.sender->memory());
    EXPECT_EQ(Caller::describe(caller.payer()), "'acme'");
  });
  EXPECT_TRUE(thread->join().succeeded());
}

TEST_F(CallerTest, ofATaskThatServesIsServedOnTheSameLoanUntilThatIsSpent) {
  const Ref<Loan> loan = acme->lend();
  process.run([&] {
    const WorkingOn working(loan);
    const Caller caller = Caller::current();
    EXPECT_EQ(caller.loan, loan);
    EXPECT_EQ(caller.sender.get(), &process.root());
    EXPECT_EQ(caller.payer(), acme.get());
    EXPECT_EQ(Caller::currentBudget(), process.root().memory());  // its messages are its own
    loan->chargeCpu(loan->cpuMax());
    EXPECT_EQ(Caller::current().payer(), &process.root());
  });
}

Call callOf(Caller caller, Ref<Answer> answer = makeRef<Answer>()) {
  return Call({7, 3}, Message::empty(), std::move(answer), never, std::move(caller));
}

TEST_F(CallerTest, aLoanEndsWithTheFirstCallThatIsMadeOnIt) {
  const Ref<Troop> server = process.troop({.name = "server"});
  const Error neverMind(ErrorKind::failed, "never mind", ErrorDetail::cancelled);
  const std::vector<void (*)(Call&)> ends{
      [](Call& call) { call.settle(Message::empty()); },
      [](Call& call) { call.settle(Error(ErrorKind::failed, "no")); },
      [](Call& call) { call.answer()->cancel(Error(ErrorKind::failed, "never mind")); },
      [](Call& call) { const Call dropped = std::move(call); },
  };
  for (const auto end : ends) {
    const Ref<Loan> loan = acme->lend();
    Call first = callOf({acme, loan});
    Call second = callOf({server, loan});
    second.settle(Message::empty());
    EXPECT_FALSE(loan->isSpent());
    end(first);
    EXPECT_TRUE(loan->isSpent());
  }
  const auto decided = makeRef<Answer>();
  decided->cancel(neverMind);
  const Ref<Loan> late = acme->lend();
  const Call call = callOf({acme, late}, decided);
  EXPECT_TRUE(late->isSpent());
}

TEST_F(CallerTest, whoSendsACallOnALoanThatIsOverLendsItself) {
  const Ref<Troop> server = process.troop({.name = "server"});
  const Ref<Loan> loan = acme->lend();
  Call first = callOf({acme, loan});
  Call second = callOf({server, loan});
  EXPECT_EQ(second.renewLoan(), nullptr);
  EXPECT_EQ(second.caller.loan, loan);
  first.settle(Message::empty());
  EXPECT_EQ(second.renewLoan(), loan);
  EXPECT_EQ(second.caller.payer(), server.get());
  const Ref<Loan> own = second.caller.loan;
  EXPECT_FALSE(own->isSpent());
  second.settle(Message::empty());
  EXPECT_TRUE(own->isSpent());

  Call nobodys = callOf({nullptr, loan});
  nobodys.renewLoan();
  EXPECT_EQ(nobodys.caller.loan, nullptr);
}

Message textOf(std::size_t bytes) {
  MessageBuilder builder{1, 1};
  builder.root().setText(0, std::string(bytes, 'x'));
  return builder.finish({}).value();
}

TEST_F(CallerTest, aResultIsTheExpenseOfWhoSentTheCallHoweverItIsServed) {
  const Ref<Troop> small =
      process.troop({.name = "small", .memoryBytesMax = 1 << 20, .memoryLentPerCall = 200'000});
  const auto used = [&] { return (1U << 20) - small->memory()->remaining(); };
  for (const bool lends : {true, false}) {
    const std::size_t before = used();
    Ref<Answer> answer = makeRef<Answer>();
    callOf({small, lends ? small->lend() : nullptr}, answer).settle(textOf(100'000));
    EXPECT_TRUE(answer->result().succeeded());
    EXPECT_GE(used(), before + 100'000);
    answer.reset();
    EXPECT_EQ(used(), before);
  }
  const auto errorOf = [&](Caller caller, std::size_t bytes) {
    const auto answer = makeRef<Answer>();
    callOf(std::move(caller), answer).settle(textOf(bytes));
    return answer->result().failed() ? answer->result().error().reason() : "it succeeded";
  };
  EXPECT_EQ(errorOf({small, small->lend()}, 300'000).substr(0, 16), "the result takes");
  EXPECT_EQ(errorOf({small, nullptr}, 300'000), "it succeeded");
  EXPECT_EQ(errorOf({small, nullptr}, 2'000'000).substr(0, 42),
            "'small' has no memory left for the result:");
}

}  // namespace
}  // namespace troop::proxy
