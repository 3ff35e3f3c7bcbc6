#include "proxy/caller.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace troop::proxy
