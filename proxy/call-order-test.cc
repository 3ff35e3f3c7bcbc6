#include "proxy/call-order.h"

#include <gtest/gtest.h>

#include <deque>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "runtime/process.h"

namespace troop::proxy {
namespace {

struct Call : CallOrder::Entry {
  Call(int callerOfIt, int numberOfIt) : caller(callerOfIt), number(numberOfIt) {}
  const int caller;
  const int number;
};

class CallOrderTest : public testing::Test {
 protected:
  int troop(std::string name, unsigned weight = 100) {
    callers_.push_back({process_.troop({.name = std::move(name), .weight = weight}), nullptr});
    return static_cast<int>(callers_.size()) - 1;
  }
  const Caller& caller(int index) const { return callers_.at(index); }

  Call& add(int index, int number = 0) { return add(caller(index), index, number); }
  Call& add(const Caller& from, int index, int number) {
    Call& call = calls_.emplace_back(index, number);
    order_.add(call, from);
    return call;
  }
  Call* next() { return static_cast<Call*>(order_.next()); }
  // Whose call came, and which.
  std::pair<int, int> serve(Duration cpu = 1ms) {
    Call* call = next();
    if (call == nullptr) return {-1, -1};
    order_.charge(CallOrder::turnOf(*call), cpu);
    order_.remove(*call);
    return {call->caller, call->number};
  }

  Process process_{{.carriers = 1}};
  std::vector<Caller> callers_;
  std::list<Call> calls_;
  CallOrder order_;
};

// A mailbox of 64 places before a server that handles so many calls a round.
class Mailbox : public CallOrderTest {
 protected:
  static constexpr std::size_t placesMax = 64;

  struct Account {
    int accepted = 0, refused = 0, displaced = 0, served = 0;
  };

  void offer(int index) {
    if (order_.places() == placesMax) {
      auto* displaced = static_cast<Call*>(order_.displacedBy(caller(index)));
      if (displaced == nullptr) {
        ++accounts_[index].refused;
        return;
      }
      ++accounts_[displaced->caller].displaced;
      order_.remove(*displaced);
    }
    ++accounts_[index].accepted;
    add(index);
  }
  void serveOne(Duration cpu = 1ms) {
    const int index = serve(cpu).first;
    if (index >= 0) ++accounts_[index].served;
  }
  // Keeps so many calls open.
  void keepOpen(int index, std::size_t count) {
    while (order_.placesOf(caller(index).payerId()) < count) {
      const Account before = accounts_[index];
      offer(index);
      if (accounts_[index].refused != before.refused) return;
    }
  }

  std::map<int, Account> accounts_;
};

TEST_F(Mailbox, oneFloodingAndNinePoliteCallersAreServedAtTheirShare) {
  const int flooder = troop("flooder");
  std::vector<int> polite;
  for (int i = 0; i < 9; ++i) polite.push_back(troop("polite"));
  constexpr int rounds = 1000;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 100; ++i) offer(flooder);
    for (const int index : polite) keepOpen(index, 2);
    for (int i = 0; i < 10; ++i) serveOne();
  }
  for (const int index : polite) {
    EXPECT_EQ(accounts_[index].refused + accounts_[index].displaced, 0);
    EXPECT_NEAR(accounts_[index].served, rounds, 10);
  }
  EXPECT_NEAR(accounts_[flooder].served, rounds, 100);
  EXPECT_GT(accounts_[flooder].refused + accounts_[flooder].displaced, 90 * rounds);
}

TEST_F(Mailbox, whatThePoliteLeaveIsTheFlooders) {
  const int flooder = troop("flooder");
  std::vector<int> polite;
  for (int i = 0; i < 9; ++i) polite.push_back(troop("polite"));
  constexpr int rounds = 1000;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 100; ++i) offer(flooder);
    if (round % 2 == 0) {
      for (const int index : polite) offer(index);
    }
    for (int i = 0; i < 10; ++i) serveOne();
  }
  for (const int index : polite) {
    EXPECT_EQ(accounts_[index].refused + accounts_[index].displaced, 0);
    EXPECT_NEAR(accounts_[index].served, rounds / 2.0, 2);
  }
  EXPECT_NEAR(accounts_[flooder].served, rounds * 10 - 9 * rounds / 2.0, 20);
}

TEST_F(Mailbox, sharesAreByWeight) {
  const int light = troop("light", 100), heavy = troop("heavy", 300);
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 100; ++i) {
      offer(light);
      offer(heavy);
    }
    for (int i = 0; i < 4; ++i) serveOne();
  }
  EXPECT_NEAR(accounts_[light].served, 1000, 20);
  EXPECT_NEAR(accounts_[heavy].served, 3000, 20);
  EXPECT_NEAR(order_.placesOf(caller(light).payerId()), 16, 5);
  EXPECT_NEAR(order_.placesOf(caller(heavy).payerId()), 48, 5);
}

TEST_F(Mailbox, sharesAreOfTimeAndNotOfCalls) {
  const int brief = troop("brief"), lengthy = troop("lengthy");
  for (int step = 0; step < 11'000; ++step) {
    keepOpen(brief, 4);
    keepOpen(lengthy, 4);
    Call* call = next();
    ++accounts_[call->caller].served;
    order_.charge(CallOrder::turnOf(*call), call->caller == lengthy ? 10ms : 1ms);
    order_.remove(*call);
  }
  EXPECT_NEAR(accounts_[brief].served, 10'000, 100);
  EXPECT_NEAR(accounts_[lengthy].served, 1'000, 10);
}

TEST_F(CallOrderTest, oneCallersCallsComeInTheirOrder) {
  const int one = troop("one"), other = troop("other");
  for (int number = 0; number < 5; ++number) add(one, number);
  for (int number = 0; number < 2; ++number) add(other, number);
  std::vector<int> seen;
  for (int i = 0; i < 7; ++i) {
    if (const auto [index, number] = serve(); index == one) seen.push_back(number);
  }
  EXPECT_EQ(seen, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(next(), nullptr);
}

TEST_F(CallOrderTest, oneSendersCallsComeInTheirOrderWhoeverPays) {
  const int gateway = troop("gateway"), flooder = troop("flooder"), polite = troop("polite");
  const auto through = [&](int payer) {
    return Caller{caller(gateway).sender, caller(payer).sender->lend()};
  };
  // The flooder has had a second already.
  add(flooder);
  serve(1s);
  add(through(flooder), flooder, 1);
  add(through(flooder), flooder, 2);
  add(through(polite), polite, 3);
  // The polite one's turn carries along what stands before its call.
  EXPECT_EQ(serve().second, 1);
  EXPECT_EQ(serve().second, 2);
  EXPECT_EQ(serve().second, 3);
}

TEST_F(Mailbox, aTurnThatCarriesAnothersCallsAlongIsUsedUp) {
  const int polite = troop("polite"), thief = troop("thief"), accomplice = troop("accomplice");
  // Behind sixty calls of its own the thief keeps two open that the accomplice pays for.
  const Caller inLeague{caller(thief).sender, caller(accomplice).sender->lend()};
  constexpr int rounds = 1000;
  for (int round = 0; round < rounds; ++round) {
    keepOpen(thief, 60);
    while (order_.placesOf(inLeague.payerId()) < 2) add(inLeague, accomplice, 0);
    keepOpen(polite, 2);
    serveOne();
  }
  EXPECT_GT(accounts_[polite].served, rounds / 3 - 10);
  EXPECT_EQ(accounts_[polite].refused + accounts_[polite].displaced, 0);
}

TEST_F(CallOrderTest, idlingSavesNothingUp) {
  const int busy = troop("busy"), sleeper = troop("sleeper");
  for (int i = 0; i < 1000; ++i) {
    add(busy);
    serve();
  }
  for (int i = 0; i < 100; ++i) {
    add(busy);
    add(sleeper);
  }
  int served = 0;
  for (int i = 0; i < 100; ++i) served += serve().first == busy ? 1 : 0;
  EXPECT_NEAR(served, 50, 2);
}

TEST_F(CallOrderTest, aDebtIsNotForgottenBetweenTwoCalls) {
  const int lengthy = troop("lengthy"), brief = troop("brief");
  int briefServed = 0;
  for (int i = 0; i < 10; ++i) add(brief);
  for (int i = 0; i < 100; ++i) {
    add(lengthy);
    Call* call = nullptr;
    do {
      call = next();
      if (call->caller == brief) {
        ++briefServed;
        add(brief);
      }
      order_.charge(CallOrder::turnOf(*call), call->caller == lengthy ? 10ms : 1ms);
      order_.remove(*call);
    } while (call->caller == brief);
  }
  EXPECT_NEAR(briefServed, 1000, 20);
}

TEST_F(CallOrderTest, theNewestOfWhoHoldsMostMakesRoom) {
  const int flooder = troop("flooder"), polite = troop("polite");
  for (int number = 0; number < 4; ++number) add(flooder, number);
  EXPECT_EQ(order_.displacedBy(caller(flooder)), nullptr);
  Call* heard = next();
  auto* displaced = static_cast<Call*>(order_.displacedBy(caller(polite)));
  ASSERT_NE(displaced, nullptr);
  EXPECT_EQ(displaced->number, 3);
  EXPECT_FALSE(displaced->isUnderWay());
  order_.remove(*displaced);
  add(polite);
  // After the next swap both would hold two; one more would turn the tables.
  order_.remove(*static_cast<Call*>(order_.displacedBy(caller(polite))));
  add(polite);
  EXPECT_EQ(order_.displacedBy(caller(polite)), nullptr);
  EXPECT_EQ(order_.describe().substr(0, 18), "4 calls, 2 of them");
  order_.remove(*heard);
}

TEST_F(CallOrderTest, whatIsUnderWayMakesRoomWhereNothingWaits) {
  const int flooder = troop("flooder"), polite = troop("polite");
  for (int number = 0; number < 4; ++number) add(flooder, number);
  for (int i = 0; i < 4; ++i) next();
  auto* displaced = static_cast<Call*>(order_.displacedBy(caller(polite)));
  ASSERT_NE(displaced, nullptr);
  EXPECT_TRUE(displaced->isUnderWay());
  EXPECT_EQ(displaced->number, 3);
}

TEST_F(CallOrderTest, whoLendsIsNotCrowdedOutByThoseItLendsTo) {
  const int acme = troop("acme"), helper = troop("helper"), other = troop("other");
  const Caller onLoan{caller(helper).sender, caller(acme).sender->lend()};
  for (int number = 0; number < 6; ++number) add(onLoan, helper, number);
  // The helper gets no more at acme's expense, but acme gets its half.
  EXPECT_EQ(order_.displacedBy(onLoan), nullptr);
  const auto displacedBy = [&](int index) {
    auto* displaced = static_cast<Call*>(order_.displacedBy(caller(index)));
    if (displaced == nullptr) return std::pair(-1, -1);
    order_.remove(*displaced);
    return std::pair(displaced->caller, displaced->number);
  };
  EXPECT_EQ(displacedBy(acme), std::pair(helper, 5));
  add(acme, 100);
  EXPECT_EQ(displacedBy(acme), std::pair(helper, 4));
  add(acme, 101);
  EXPECT_EQ(displacedBy(acme), std::pair(helper, 3));
  add(acme, 102);
  EXPECT_EQ(displacedBy(acme), std::pair(-1, -1));
  // Who makes room for others is the helper as well, though acme's are newer.
  EXPECT_EQ(displacedBy(other), std::pair(helper, 2));
  add(other, 200);
  EXPECT_EQ(order_.placesOf(caller(acme).payerId()), 5u);
}

TEST_F(CallOrderTest, whatIsUnderWayForAHelperMakesRoomForWhoLends) {
  const int acme = troop("acme"), helper = troop("helper");
  const Caller onLoan{caller(helper).sender, caller(acme).sender->lend()};
  for (int number = 0; number < 4; ++number) add(onLoan, helper, number);
  for (int i = 0; i < 3; ++i) next();
  auto* waiting = static_cast<Call*>(order_.displacedBy(caller(acme)));
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(waiting->number, 3);
  order_.remove(*waiting);
  auto* underWay = static_cast<Call*>(order_.displacedBy(caller(acme)));
  ASSERT_NE(underWay, nullptr);
  EXPECT_TRUE(underWay->isUnderWay());
  EXPECT_EQ(underWay->number, 2);
}

TEST_F(CallOrderTest, notesWaitForTheirSenderAndForNobodyElse) {
  const int one = troop("one"), other = troop("other");
  add(one, 1);
  Call fromOne(one, 100), fromOther(other, 200), atOnce(one, 300);
  order_.note(fromOne, caller(one).senderId());
  order_.note(fromOther, caller(other).senderId());
  order_.noteNow(atOnce);
  EXPECT_EQ(next()->number, 200);
  EXPECT_EQ(next()->number, 300);
  EXPECT_EQ(next()->number, 1);
  EXPECT_EQ(next()->number, 100);
  EXPECT_EQ(next(), nullptr);
}

TEST_F(CallOrderTest, entriesLeaveFromWhereverTheyAre) {
  const int one = troop("one");
  Call& first = add(one, 1);
  Call& second = add(one, 2);
  Call note(one, 3), due(one, 4);
  order_.note(note, caller(one).senderId());
  order_.noteNow(due);
  order_.remove(due);
  order_.remove(due);
  order_.remove(second);
  order_.remove(first);
  EXPECT_EQ(order_.places(), 0u);
  // What stood before the note is gone.
  EXPECT_EQ(next()->number, 3);
  EXPECT_EQ(next(), nullptr);
  Call& third = add(one, 5);
  next();
  order_.remove(third);
  EXPECT_EQ(order_.describe(), "0 calls");
}

TEST_F(CallOrderTest, tensOfThousandsOfCallsAndOfPayersThatComeAndGo) {
  std::deque<Call> calls;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) {
    const int index = troop("t");
    for (int number = 0; number < 2; ++number) {
      order_.add(calls.emplace_back(index, number), caller(index));
    }
  }
  std::vector<int> heard(count, 0);
  for (int i = 0; i < 2 * count; ++i) {
    Call* call = next();
    EXPECT_EQ(call->number, heard[call->caller]++);
    order_.charge(CallOrder::turnOf(*call), 1us);
    order_.remove(*call);
  }
  EXPECT_EQ(next(), nullptr);
}

}  // namespace
}  // namespace troop::proxy
