#include "sandbox/wasm/instance/mailbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/process.h"

namespace troop::sandbox::wasm {
namespace {

using namespace std::chrono_literals;
using proxy::Answer;
using proxy::Call;
using proxy::Message;

constexpr Mailbox::Sizes roomy{
    .calls = 100, .questions = 100, .objects = 100, .wallPerCall = forever};

Call call(Ref<Answer> answer = makeRef<Answer>()) {
  return Call({7, 3}, Message::empty(), std::move(answer));
}

std::uint32_t arrive(Mailbox& mailbox, Call incoming) {
  return mailbox.arrive({}, incoming).value().call;
}

template <typename T>
T take(Mailbox& mailbox) {
  Mailbox::News news = mailbox.next();
  EXPECT_TRUE(std::holds_alternative<T>(news)) << news.index();
  return std::move(std::get<T>(news));
}

bool nothingIn(Mailbox& mailbox) {
  return std::holds_alternative<std::monostate>(mailbox.next());
}

TEST(Mailbox, tellsWhatHappenedInItsOrder) {
  Mailbox mailbox("g", roomy);
  const std::uint32_t object = mailbox.offer(5);
  const auto asked = makeRef<Answer>();
  const std::uint32_t question = mailbox.ask(asked, 0, {});
  const std::uint32_t first = arrive(mailbox, call());
  mailbox.settled(question, *asked, 0);
  mailbox.released(object, 0);
  const std::uint32_t second = arrive(mailbox, call());

  EXPECT_EQ(take<Mailbox::Arrival>(mailbox).call, first);
  EXPECT_EQ(take<Mailbox::Settlement>(mailbox).question, question);
  EXPECT_EQ(take<Mailbox::Release>(mailbox).object, 5u);
  EXPECT_EQ(take<Mailbox::Arrival>(mailbox).call, second);
  EXPECT_TRUE(nothingIn(mailbox));
}

TEST(Mailbox, aCallWithdrawnBeforeItWasHeardIsNeverHeardOf) {
  Mailbox mailbox("g", roomy);
  const auto answer = makeRef<Answer>();
  const std::uint32_t id = arrive(mailbox, call(answer));
  mailbox.withdraw(id, *answer);
  EXPECT_TRUE(answer->settled());
  EXPECT_TRUE(nothingIn(mailbox));
  EXPECT_FALSE(mailbox.takeCall(id));
  mailbox.withdraw(id, *answer);
}

TEST(Mailbox, aCallWithdrawnLaterIsTakenBackAndHeardOf) {
  Mailbox mailbox("g", roomy);
  const auto answer = makeRef<Answer>();
  const std::uint32_t id = arrive(mailbox, call(answer));
  take<Mailbox::Arrival>(mailbox);
  EXPECT_TRUE(mailbox.isOpen(id));
  mailbox.withdraw(id, *answer);
  EXPECT_FALSE(mailbox.isOpen(id));
  EXPECT_FALSE(mailbox.takeCall(id));
  EXPECT_EQ(take<Mailbox::Withdrawal>(mailbox).call, id);
  EXPECT_TRUE(nothingIn(mailbox));
}

TEST(Mailbox, aCallIsAnsweredOnceAndOnlyAfterItWasHeard) {
  Mailbox mailbox("g", roomy);
  const auto answer = makeRef<Answer>();
  const std::uint32_t id = arrive(mailbox, call(answer));
  EXPECT_FALSE(mailbox.takeCall(id));
  take<Mailbox::Arrival>(mailbox);
  std::optional<Call> taken = mailbox.takeCall(id);
  ASSERT_TRUE(taken);
  taken->settle(Message::empty());
  EXPECT_TRUE(answer->result().succeeded());
  EXPECT_FALSE(mailbox.takeCall(id));
}

TEST(Mailbox, isBoundedInEveryDirection) {
  Mailbox mailbox("g", {.calls = 2, .questions = 2, .objects = 2, .wallPerCall = forever});
  arrive(mailbox, call());
  const std::uint32_t heard = arrive(mailbox, call());
  Call third = call();
  const Expected<Mailbox::Accepted> refused = mailbox.arrive({}, third);
  EXPECT_EQ(refused.error().reason(),
            "the mailbox of 'g' is full (2 calls, all of them by the host)");
  EXPECT_FALSE(third.answer()->settled());
  take<Mailbox::Arrival>(mailbox);
  take<Mailbox::Arrival>(mailbox);
  EXPECT_TRUE(mailbox.arrive({}, third).failed());  // those that wait for an answer count
  mailbox.takeCall(heard);
  EXPECT_TRUE(mailbox.arrive({}, third).succeeded());

  const std::uint32_t question = mailbox.ask(makeRef<Answer>(), 0, {});
  EXPECT_EQ(mailbox.ask(makeRef<Answer>(), 1, {}), 0u);
  EXPECT_NE(mailbox.ask(makeRef<Answer>(), 0, {}), 0u);
  EXPECT_EQ(mailbox.ask(makeRef<Answer>(), 0, {}), 0u);
  mailbox.finish(question);
  EXPECT_NE(mailbox.ask(makeRef<Answer>(), 0, {}), 0u);

  const std::uint32_t object = mailbox.offer(1);
  EXPECT_NE(mailbox.offer(2), 0u);
  EXPECT_EQ(mailbox.offer(3), 0u);
  mailbox.released(object, 0);
  EXPECT_EQ(mailbox.offer(3), 0u);  // until the guest has heard of it
  while (!nothingIn(mailbox)) {
  }
  EXPECT_NE(mailbox.offer(3), 0u);
}

TEST(Mailbox, aReleaseWaitsForTheLastCallOnItsObjectAndForNothingElse) {
  Mailbox mailbox("g", roomy);
  const std::uint32_t called = mailbox.offer(5), other = mailbox.offer(6);
  Call incoming = call();
  const std::uint32_t id = mailbox.arrive({5, called}, incoming).value().call;
  constexpr std::uint64_t somebody = 77;
  mailbox.released(called, somebody);
  mailbox.released(other, somebody);
  EXPECT_EQ(take<Mailbox::Release>(mailbox).object, 6u);
  EXPECT_EQ(take<Mailbox::Arrival>(mailbox).call, id);
  EXPECT_EQ(take<Mailbox::Release>(mailbox).object, 5u);
  EXPECT_TRUE(nothingIn(mailbox));
}

TEST(Mailbox, aReleaseComesWhenTheCallThatItWaitedForIsWithdrawn) {
  Mailbox mailbox("g", roomy);
  const std::uint32_t called = mailbox.offer(5);
  const auto answer = makeRef<Answer>();
  Call incoming = call(answer);
  const std::uint32_t id = mailbox.arrive({5, called}, incoming).value().call;
  mailbox.released(called, 0);
  mailbox.withdraw(id, *answer);
  EXPECT_EQ(take<Mailbox::Release>(mailbox).object, 5u);
  EXPECT_TRUE(nothingIn(mailbox));
}

TEST(Mailbox, whoHoldsMostMakesRoomAndHearsWhetherItWasExecuted) {
  Process process{{.carriers = 1}};
  const Ref<Troop> flooder = process.troop({.name = "flooder"});
  Mailbox mailbox("g", {.calls = 2, .questions = 1, .objects = 1, .wallPerCall = forever});
  const auto flood = [&](const Ref<Answer>& answer) {
    Call incoming({7, 3}, Message::empty(), answer, never, {flooder, flooder->lend()});
    return mailbox.arrive({}, incoming).value().call;
  };
  const auto first = makeRef<Answer>(), second = makeRef<Answer>();
  const std::uint32_t heard = flood(first);
  flood(second);
  Call polite = call();
  Mailbox::Accepted accepted = mailbox.arrive({}, polite).value();
  ASSERT_TRUE(accepted.displaced);
  EXPECT_EQ(accepted.displaced->answer(), second);
  EXPECT_EQ(accepted.error->reason(),
            "the mailbox of 'g' is full (2 calls, all of them by 'flooder')");
  EXPECT_EQ(accepted.error->executed(), Executed::no);
  // One place each: nobody makes room.
  Call another = call();
  EXPECT_TRUE(mailbox.arrive({}, another).failed());
  for (int i = 0; i < 2; ++i) take<Mailbox::Arrival>(mailbox);
  EXPECT_TRUE(mailbox.isOpen(heard));
  mailbox.takeCall(accepted.call);
  flood(makeRef<Answer>());
  take<Mailbox::Arrival>(mailbox);
  accepted = mailbox.arrive({}, another).value();
  EXPECT_EQ(accepted.error->executed(), Executed::maybe);
  take<Mailbox::Withdrawal>(mailbox);
}

TEST(Mailbox, aQuestionThatIsFinishedIsNotHeardOf) {
  Mailbox mailbox("g", roomy);
  const auto answer = makeRef<Answer>();
  const std::uint32_t question = mailbox.ask(answer, 0, {});
  mailbox.settled(question, *answer, 0);
  EXPECT_EQ(mailbox.question(question), answer);
  EXPECT_TRUE(mailbox.finish(question));
  EXPECT_FALSE(mailbox.finish(question));
  EXPECT_EQ(mailbox.question(question), nullptr);
  EXPECT_TRUE(nothingIn(mailbox));
  mailbox.settled(question, *answer, 0);
  EXPECT_TRUE(nothingIn(mailbox));
}

// As often as it takes until an id is used again.
template <typename Use>
std::uint32_t usedAgain(std::uint32_t id, Use use) {
  for (int i = 0; i < 1000; ++i) {
    if (use() == id) return id;
  }
  ADD_FAILURE() << "the id " << id << " was not used again";
  return 0;
}

TEST(Mailbox, saysOnWhoseLoanTheNextIsHeardIfThereIsAny) {
  Process process{{.carriers = 1}};
  const Ref<Troop> lender = process.troop({.name = "lender"});
  const Ref<Loan> loan = lender->lend();
  Mailbox mailbox("g", roomy);
  EXPECT_FALSE(mailbox.nextLoan());

  Call lent({7, 3}, Message::empty(), makeRef<Answer>(), never, {lender, loan});
  ASSERT_TRUE(mailbox.arrive({}, lent).succeeded());
  EXPECT_EQ(mailbox.nextLoan(), loan);
  take<Mailbox::Arrival>(mailbox);
  EXPECT_FALSE(mailbox.nextLoan());

  const auto answer = makeRef<Answer>();
  const std::uint32_t question =
      mailbox.ask(answer, 0, {.call = 0, .arrival = 0, .turn = {}, .loan = loan});
  EXPECT_FALSE(mailbox.nextLoan());
  mailbox.settled(question, *answer);
  EXPECT_EQ(mailbox.nextLoan(), loan);
  mailbox.finish(question);

  const std::uint32_t unlent = arrive(mailbox, call());
  EXPECT_EQ(mailbox.nextLoan(), Ref<Loan>());
  take<Mailbox::Arrival>(mailbox);
  mailbox.takeCall(unlent);
  mailbox.released(mailbox.offer(1));
  EXPECT_EQ(mailbox.nextLoan(), Ref<Loan>());
}

TEST(Mailbox, aCauseIsLentForUntilItsCallIsAnswered) {
  Process process{{.carriers = 1}};
  const Ref<Troop> first = process.troop({.name = "first"}), middle = process.troop({.name = "m"});
  const Ref<Loan> loan = first->lend();
  Mailbox mailbox("g", roomy);
  Call whole({7, 3}, Message::empty(), makeRef<Answer>(), never, {first, loan});
  Call part({7, 3}, Message::empty(), makeRef<Answer>(), never, {middle, loan});
  ASSERT_TRUE(mailbox.arrive({}, part).succeeded());
  const Mailbox::Cause cause = take<Mailbox::Arrival>(mailbox).cause;
  EXPECT_EQ(mailbox.lentFor(cause), loan);
  EXPECT_EQ(mailbox.lentFor({}), nullptr);

  // What it was lent for is over, and the guest goes on for the one in the middle.
  whole.settle(Message::empty());
  const Ref<Loan> renewed = mailbox.lentFor(cause);
  ASSERT_NE(renewed, nullptr);
  EXPECT_EQ(&renewed->lender(), middle.get());
  EXPECT_EQ(mailbox.lentFor(cause), renewed);

  mailbox.takeCall(cause.call)->settle(Message::empty());
  EXPECT_EQ(mailbox.lentFor(cause), nullptr);
  EXPECT_FALSE(mailbox.takeBack(cause));
}

TEST(Mailbox, whatIsUnderWayForACallThatWasWithdrawnIsStillPaidForUntilTheGuestHearsOfIt) {
  Process process{{.carriers = 1}};
  const Ref<Troop> lender = process.troop({.name = "lender"});
  const Ref<Loan> loan = lender->lend();
  Mailbox mailbox("g", roomy);
  const auto answer = makeRef<Answer>();
  Call lent({7, 3}, Message::empty(), answer, never, {lender, loan});
  const std::uint32_t id = mailbox.arrive({}, lent).value().call;
  const Mailbox::Cause cause = take<Mailbox::Arrival>(mailbox).cause;
  answer->cancel(Error(ErrorKind::failed, "never mind", ErrorDetail::cancelled));
  mailbox.withdraw(id, *answer);
  EXPECT_TRUE(loan->isClosed());
  EXPECT_EQ(mailbox.lentFor(cause), loan);
  EXPECT_EQ(mailbox.nextLoan(), loan);
  const Mailbox::Withdrawal withdrawal = take<Mailbox::Withdrawal>(mailbox);
  EXPECT_EQ(withdrawal.cause.loan, loan);
  EXPECT_EQ(withdrawal.cause.turn->payer, lender->id());
  EXPECT_EQ(mailbox.lentFor(cause), nullptr);
}

TEST(Mailbox, whoCallsAndGivesUpTimeAndAgainHasLessOfTheGuestAfterwards) {
  Process process{{.carriers = 1}};
  const Ref<Troop> fickle = process.troop({.name = "fickle"}),
                   polite = process.troop({.name = "p"});
  Mailbox mailbox("g", roomy);
  const auto callOf = [&](const Ref<Troop>& troop, const Ref<Answer>& answer = makeRef<Answer>()) {
    return arrive(mailbox, Call({7, 3}, Message::empty(), answer, never, {troop, troop->lend()}));
  };
  const std::uint32_t open = callOf(polite);
  EXPECT_EQ(take<Mailbox::Arrival>(mailbox).call, open);
  for (int i = 0; i < 10; ++i) {
    const auto answer = makeRef<Answer>();
    const std::uint32_t id = callOf(fickle, answer);
    take<Mailbox::Arrival>(mailbox);
    mailbox.withdraw(id, *answer);
    mailbox.charge(take<Mailbox::Withdrawal>(mailbox).cause, 1ms);
  }
  callOf(fickle);
  std::vector<std::uint32_t> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(callOf(polite));
  for (const std::uint32_t call : waiting) {
    EXPECT_EQ(take<Mailbox::Arrival>(mailbox).call, call);
  }
}

TEST(Mailbox, whoWaitsAndHasHadLeastHelpsTheGuestOn) {
  Process process{{.carriers = 1}};
  const Ref<Troop> poor = process.troop({.name = "poor", .weight = 5});
  const Ref<Troop> rich = process.troop({.name = "rich", .weight = 1000});
  const Ref<Troop> server = process.troop({.name = "server"});
  for (const Ref<Troop>& troop : {poor, rich, server}) troop->chargeCpu(100ms);
  Mailbox mailbox("g", roomy);
  const auto callOf = [&](const Ref<Troop>& troop) {
    arrive(mailbox, Call({7, 3}, Message::empty(), makeRef<Answer>(), never,
                         {troop, troop ? troop->lend() : nullptr}));
  };
  const auto place = [&] { return mailbox.placeOf(poor, *server).get(); };
  callOf(poor);
  take<Mailbox::Arrival>(mailbox);
  EXPECT_EQ(place(), poor.get());
  // At the expense of the guest itself.
  callOf(nullptr);
  EXPECT_EQ(place(), server.get());
  callOf(rich);
  EXPECT_EQ(place(), rich.get());
  for (int i = 0; i < 2; ++i) take<Mailbox::Arrival>(mailbox);
  EXPECT_EQ(place(), poor.get());
}

TEST(Mailbox, questionsAreCountedAndReadWhileOthersSettleThem) {
  Mailbox mailbox("g", roomy);
  constexpr int questions = 2000;
  std::vector<Ref<Answer>> answers;
  for (int i = 0; i < questions; ++i) answers.push_back(makeRef<Answer>());
  std::atomic<std::uint32_t> asked{0};  // by id; 0: nothing is asked
  std::atomic<int> current{0};
  std::atomic<bool> over{false};
  std::thread answering([&] {
    while (!over) {
      if (const std::uint32_t id = asked.exchange(0)) mailbox.settled(id, *answers[current]);
    }
  });
  for (int i = 0; i < questions; ++i) {
    current = i;
    const std::uint32_t id = mailbox.ask(answers[i], 0, {});
    asked = id;
    EXPECT_EQ(mailbox.questions(), 1u);
    EXPECT_EQ(mailbox.question(id), answers[i]);
    mailbox.finish(id);
    EXPECT_EQ(mailbox.questions(), 0u);
    EXPECT_EQ(mailbox.question(id), nullptr);
  }
  over = true;
  answering.join();
  EXPECT_TRUE(nothingIn(mailbox));
}

TEST(Mailbox, aLateAnswerToAFinishedQuestionIsNotTakenForThatOfAnother) {
  Mailbox mailbox("g", roomy);
  const auto late = makeRef<Answer>(), answer = makeRef<Answer>();
  const std::uint32_t question = mailbox.ask(late, 0, {});
  mailbox.finish(question);
  usedAgain(question, [&] {
    const std::uint32_t id = mailbox.ask(answer, 0, {});
    if (id != question) mailbox.finish(id);
    return id;
  });
  mailbox.settled(question, *late, 0);
  EXPECT_TRUE(nothingIn(mailbox));
  mailbox.settled(question, *answer, 0);
  EXPECT_EQ(take<Mailbox::Settlement>(mailbox).answer, answer);
}

TEST(Mailbox, aCallThatIsGivenUpLateDoesNotWithdrawAnother) {
  Mailbox mailbox("g", roomy);
  const auto late = makeRef<Answer>(), answer = makeRef<Answer>();
  const std::uint32_t id = arrive(mailbox, call(late));
  take<Mailbox::Arrival>(mailbox);
  mailbox.takeCall(id)->settle(Message::empty());
  usedAgain(id, [&] {
    const std::uint32_t next = arrive(mailbox, call(answer));
    take<Mailbox::Arrival>(mailbox);
    if (next != id) mailbox.takeCall(next);
    return next;
  });
  mailbox.withdraw(id, *late);
  EXPECT_TRUE(nothingIn(mailbox));
  EXPECT_TRUE(mailbox.isOpen(id));
}

TEST(Mailbox, finishingAnUnansweredQuestionCancelsIt) {
  Mailbox mailbox("g", roomy);
  const auto answer = makeRef<Answer>();
  bool cancelled = false;
  answer->onCancel([&](const Error&) { cancelled = true; });
  const std::uint32_t question = mailbox.ask(answer, 0, {});
  mailbox.finish(question);
  EXPECT_TRUE(cancelled);
}

TEST(Mailbox, callsExpireInTheOrderTheyCame) {
  Mailbox mailbox("g", {.calls = 10, .questions = 1, .objects = 1, .wallPerCall = 1h});
  const auto heard = makeRef<Answer>(), unheard = makeRef<Answer>();
  EXPECT_EQ(mailbox.nextExpiry(), never);
  const Time before = now();
  const std::uint32_t id = arrive(mailbox, call(heard));
  take<Mailbox::Arrival>(mailbox);
  arrive(mailbox, call(unheard));
  EXPECT_GE(mailbox.nextExpiry(), before + 1h);
  EXPECT_TRUE(mailbox.expire(before).empty());

  std::vector<Call> expired = mailbox.expire(before + 2h);
  ASSERT_EQ(expired.size(), 2u);
  EXPECT_EQ(expired[0].answer(), heard);
  EXPECT_EQ(expired[1].answer(), unheard);
  EXPECT_EQ(take<Mailbox::Withdrawal>(mailbox).call, id);
  EXPECT_TRUE(nothingIn(mailbox));
  EXPECT_EQ(mailbox.nextExpiry(), never);
}

TEST(Mailbox, closingGivesBackWhatIsLeftAndRefusesTheRest) {
  Mailbox mailbox("g", roomy);
  const auto heard = makeRef<Answer>(), waiting = makeRef<Answer>(), withdrawn = makeRef<Answer>();
  const auto asked = makeRef<Answer>();
  arrive(mailbox, call(heard));
  take<Mailbox::Arrival>(mailbox);
  const std::uint32_t gone = arrive(mailbox, call(withdrawn));
  take<Mailbox::Arrival>(mailbox);
  mailbox.withdraw(gone, *withdrawn);
  arrive(mailbox, call(waiting));
  const std::uint32_t question = mailbox.ask(asked, 0, {});
  mailbox.settled(question, *asked, 0);
  mailbox.released(mailbox.offer(1), 0);

  {
    const Mailbox::Remains remains = mailbox.close(Error(ErrorKind::disconnected, "dead"));
    ASSERT_EQ(remains.delivered.size(), 1u);
    EXPECT_EQ(remains.delivered[0].answer(), heard);
    ASSERT_EQ(remains.waiting.size(), 1u);
    EXPECT_EQ(remains.waiting[0].answer(), waiting);
    EXPECT_EQ(remains.questions.size(), 1u);
    EXPECT_FALSE(waiting->settled());
  }
  EXPECT_TRUE(waiting->settled());
  EXPECT_TRUE(nothingIn(mailbox));
  Call late = call();
  EXPECT_EQ(mailbox.arrive({}, late).error().reason(), "dead");
}

TEST(Mailbox, manyThreadsFillItWhileOneEmptiesIt) {
  Mailbox mailbox("g", {.calls = 100'000, .questions = 1, .objects = 100'000, .wallPerCall = 1h});
  constexpr int callsEach = 500;
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < callsEach; ++i) {
        const auto answer = makeRef<Answer>();
        const std::uint32_t id = arrive(mailbox, call(answer));
        if (i % 3 == 0) mailbox.withdraw(id, *answer);
      }
    });
  }
  std::thread holder([&] {
    for (std::uint32_t i = 0; i < callsEach; ++i) mailbox.released(mailbox.offer(i), 0);
  });
  std::size_t arrivals = 0, withdrawals = 0, answered = 0, releases = 0;
  const auto hear = [&] {
    Mailbox::News news = mailbox.next();
    if (const auto* arrival = std::get_if<Mailbox::Arrival>(&news)) {
      ++arrivals;
      if (mailbox.takeCall(arrival->call)) ++answered;
    }
    withdrawals += std::holds_alternative<Mailbox::Withdrawal>(news) ? 1 : 0;
    releases += std::holds_alternative<Mailbox::Release>(news) ? 1 : 0;
    return !std::holds_alternative<std::monostate>(news);
  };
  while (releases < callsEach) hear();
  for (std::thread& caller : callers) caller.join();
  holder.join();
  while (hear()) {
  }
  EXPECT_EQ(arrivals, answered + withdrawals);
  EXPECT_GE(answered, 3u * callsEach * 2 / 3 - 3);
}

}  // namespace
}  // namespace troop::sandbox::wasm
