// Savina's bank transaction: an account debits itself, has another one credit the amount, and tells
// the teller when that one has answered. Money goes to accounts with higher numbers only, so nobody
// waits in a circle.
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/savina/mix.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr std::size_t mailboxPlaces = 64;

struct Order {
  std::int64_t amount;
  std::size_t to;                      // what to debit goes there
  std::optional<Sender<bool>> credit;  // or it is credited, and who debited is told
};

}  // namespace

}  // namespace troop::peers

template <>
struct troop::IsSendable<troop::peers::Order> : std::true_type {};

namespace troop::peers {

namespace {

void keepAccount(Receiver<Order> orders, std::vector<Sender<Order>> accounts, Sender<bool> teller,
                 Sender<std::int64_t> end) {
  std::int64_t balance = 0;
  auto [credited, answers] = channel<bool>(1);
  while (std::optional<Order> order = orders.receive()) {
    if (order->credit) {
      balance += order->amount;
      order->credit->send(true).value();
    } else if (order->to == accounts.size()) {
      break;
    } else {
      balance -= order->amount;
      accounts[order->to].send({order->amount, 0, credited}).value();
      answers.receive().value();
      teller.send(true).value();
    }
  }
  end.send(balance).value();
}

void issue(std::size_t transactions, std::vector<Sender<Order>> accounts) {
  std::uint64_t random = 1;
  for (std::size_t i = 0; i < transactions; ++i) {
    random = mix(random);
    const std::size_t from = random % (accounts.size() - 1);
    random = mix(random);
    const std::size_t to = from + 1 + random % (accounts.size() - 1 - from);
    const auto amount = static_cast<std::int64_t>(random % 1000);
    accounts[from].send({amount, to, std::nullopt}).value();
  }
}

}  // namespace

void runBank() {
  inTroop(everyCpu, [] {
    const std::size_t accounts = size("BANK_ACCOUNTS", 1000);
    const std::size_t transactions = size("BANK_TRANSACTIONS", 50'000);
    require(accounts > 1, "BANK_ACCOUNTS must be at least 2");
    std::vector<Sender<Order>> mailboxes;
    std::vector<Receiver<Order>> orders;
    for (std::size_t i = 0; i < accounts; ++i) {
      auto [sender, receiver] = channel<Order>(mailboxPlaces);
      mailboxes.push_back(std::move(sender));
      orders.push_back(std::move(receiver));
    }
    auto [teller, done] = channel<bool>(mailboxPlaces);
    auto [end, balances] = channel<std::int64_t>(accounts);
    Scope scope;
    for (Receiver<Order>& mailbox : orders) {
      scope.thread(keepAccount, std::move(mailbox), mailboxes, teller, end);
    }
    const Stopwatch watch;
    scope.thread(issue, transactions, mailboxes);
    for (std::size_t i = 0; i < transactions; ++i) done.receive().value();
    report("bank", "transaction", watch.nanoseconds() / static_cast<double>(transactions), "ns");
    for (Sender<Order>& mailbox : mailboxes) mailbox.send({0, accounts, std::nullopt}).value();
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < accounts; ++i) sum += balances.receive().value();
    require(sum == 0, "money was made or lost");
  });
}

}  // namespace troop::peers
