#include "runtime/loan.h"

#include <gtest/gtest.h>

#include "runtime/process.h"
#include "runtime/scope.h"

namespace troop {
namespace {

class LoanTest : public testing::Test {
 protected:
  Process process{{.carriers = 1}};
  Ref<Troop> acme = process.troop({.name = "acme", .cpuLentPerCall = 50ms});
  Ref<Troop> server = process.troop({.name = "server"});
};

void workFor(Duration time) {
  const Time end = after(time);
  while (now() < end) {
  }
}

TEST_F(LoanTest, coversAsMuchAsWasLentAndNoMore) {
  const Ref<Loan> loan = acme->lend();
  EXPECT_EQ(loan->chargeCpu(30ms), 30ms);
  EXPECT_FALSE(loan->isSpent());
  EXPECT_EQ(loan->chargeCpu(30ms), 20ms);
  EXPECT_TRUE(loan->isSpent());
  EXPECT_EQ(loan->chargeCpu(30ms), 0ms);
  EXPECT_EQ(acme->cpuUsed(), 50ms);
  EXPECT_EQ(acme->virtualTime(), 50'000'000u);
}

TEST_F(LoanTest, saysWhoLentAndWhoSpent) {
  const Ref<Loan> loan = acme->lend();
  EXPECT_EQ(loan->spentBy("markdown").reason(),
            "the 50 ms of CPU time that 'acme' lends for a call were used up by 'markdown'");
  EXPECT_EQ(loan->spentBy("markdown").kind(), ErrorKind::overloaded);
  EXPECT_EQ(loan->spentBy("markdown").executed(), Executed::maybe);
  EXPECT_EQ(loan->spentBefore("markdown").reason(),
            "the 50 ms of CPU time that 'acme' lends for a call were used up before it reached "
            "'markdown'");
  EXPECT_EQ(loan->spentBefore("markdown").executed(), Executed::no);
}

TEST_F(LoanTest, endsWithTheCallThatItWasLentFor) {
  const Ref<Loan> loan = acme->lend();
  EXPECT_TRUE(loan->begin());
  EXPECT_FALSE(loan->begin());
  EXPECT_EQ(loan->chargeCpu(30ms), 30ms);
  loan->close();
  EXPECT_TRUE(loan->isSpent());
  EXPECT_FALSE(loan->isUsedUp());
  EXPECT_EQ(loan->chargeCpu(10ms), 10ms);  // what was under way
}

TEST_F(LoanTest, whatIsLeftCanBeLentOnUpToABound) {
  const Ref<Loan> loan = acme->lend();
  loan->close();
  const Ref<Loan> little = loan->rest(1ms);
  EXPECT_EQ(little->cpuMax(), 1ms);
  EXPECT_EQ(&little->lender(), acme.get());
  EXPECT_FALSE(little->isSpent());
  loan->chargeCpu(30ms);
  EXPECT_EQ(loan->rest(1h)->cpuMax(), 20ms);
  loan->chargeCpu(20ms);
  EXPECT_EQ(loan->rest(1h), nullptr);
}

TEST_F(LoanTest, aTaskThatWorksOnOneThatIsOverPaysItself) {
  const Ref<Loan> loan = acme->lend();
  process.run([&] {
    const WorkingOn working(loan);
    loan->close();
    workFor(5ms);
  });
  EXPECT_EQ(loan->cpuUsed(), 0ms);
  EXPECT_EQ(acme->cpuUsed(), 0ms);
}

TEST_F(LoanTest, theHostLendsNothing) {
  EXPECT_EQ(process.root().lend(), nullptr);
  EXPECT_EQ(process.troop({.name = "stingy", .cpuLentPerCall = 0ms})->lend(), nullptr);
}

TEST_F(LoanTest, killsTheLenderThatCannotPay) {
  const Ref<Troop> poor = process.troop({.name = "poor", .cpuMax = 10ms});
  poor->lend()->chargeCpu(20ms);
  ASSERT_TRUE(poor->cause().has_value());
  EXPECT_EQ(poor->cause()->reason(), "CPU time 10 ms reached");
}

TEST_F(LoanTest, aTaskWorksAtTheExpenseOfTheLenderAndSoDoItsChildren) {
  const Ref<Loan> loan = acme->lend();
  process.run([&] {
    EXPECT_EQ(Loan::current(), nullptr);
    {
      const WorkingOn working(loan);
      EXPECT_EQ(Loan::current(), loan.get());
      workFor(5ms);
      {
        const WorkingOn nothing(nullptr);
        EXPECT_EQ(Loan::current(), nullptr);
      }
      Scope scope;
      scope.task([&] {
        EXPECT_EQ(Loan::current(), loan.get());
        workFor(5ms);
      });
    }
    EXPECT_EQ(Loan::current(), nullptr);
  });
  EXPECT_GE(loan->cpuUsed(), 10ms);
  EXPECT_EQ(acme->cpuUsed(), loan->cpuUsed());
  EXPECT_EQ(Loan::current(), nullptr);
}

TEST_F(LoanTest, ofAnotherProcessIsNotWorkedOn) {
  Process other{{.carriers = 1}};
  const Ref<Loan> foreign = other.troop({.name = "foreign"})->lend();
  process.run([&] {
    const WorkingOn working(foreign);
    EXPECT_EQ(Loan::current(), nullptr);
  });
  EXPECT_EQ(foreign->cpuUsed(), 0ms);
}

}  // namespace
}  // namespace troop
