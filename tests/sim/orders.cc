// Mistakes about what comes first.
#include <utility>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sim/interleaving.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

// Two that need two locks take them in different orders.
namespace lockOrder {

using Account = Monitor<int>;

void move(Account from, Account to) {
  from.enter(
      [](int& balance, Account other) {
        --balance;
        other.enter([](int& others) { ++others; });
      },
      to);
}

template <bool inOneOrder>
void program() {
  const Account one = Account::make(10);
  const Account two = Account::make(10);
  Scope scope;
  scope.thread({"there"}, move, one, two);
  scope.thread({"back"}, move, inOneOrder ? one : two, inOneOrder ? two : one);
}

}  // namespace lockOrder

// What belongs together is handed over in two steps.
namespace tornHandover {

using Quote = std::pair<int, int>;  // price and amount
using Market = Monitor<Quote>;

void sellBroken(Market market) {
  market.enter([](Quote& quote) { quote.first = 200; });
  market.enter([](Quote& quote) { quote.second = 200; });
}

void sellClean(Market market) {
  market.enter([](Quote& quote) { quote = {200, 200}; });
}

template <void (*sell)(Market)>
void program() {
  const Market market = Market::make(100, 100);
  Scope scope;
  scope.thread({"seller"}, sell, market);
  scope.thread(
      {"buyer"},
      [](Market from) {
        from.enter([](const Quote& quote) {
          expect(quote.first == quote.second, "price and amount are of one quote");
        });
      },
      market);
}

}  // namespace tornHandover

// A service is taken to have started since it was started long ago: it has many steps to go, and
// nothing makes the other one wait.
namespace lateStart {

constexpr int steps = 12;

template <bool waits>
void program() {
  const Atomic<bool> started = Atomic<bool>::make(false);
  auto [sender, receiver] = channel<int>(1);
  Scope scope;
  scope.thread(
      {"service"},
      [](Atomic<bool> done, Sender<int> tell) {
        for (int step = 0; step < 2; ++step) sim::interleavingPoint();
        done.set(true);
        tell.send(1).value();
      },
      started, std::move(sender));
  scope.thread(
      {"client"},
      [](Atomic<bool> done, Receiver<int> told) {
        for (int step = 0; step < steps; ++step) sim::interleavingPoint();
        if (waits) told.receive();
        expect(done.get(), "the service runs when it is used");
      },
      started, std::move(receiver));
}

}  // namespace lateStart
}  // namespace

std::vector<Planted> plantedOrders() {
  return {
      {.name = "lock-order",
       .mistake = "two take two locks in different orders",
       .broken = lockOrder::program<false>,
       .clean = lockOrder::program<true>,
       .runsMax = {200, 200, 100}},
      {.name = "torn-handover",
       .mistake = "hands over in two steps what belongs together",
       .broken = tornHandover::program<tornHandover::sellBroken>,
       .clean = tornHandover::program<tornHandover::sellClean>,
       .runsMax = {200, 200, 100}},
      {.name = "late-start",
       .mistake = "believes that what has few steps to go is faster than what has many",
       .broken = lateStart::program<false>,
       .clean = lateStart::program<true>,
       .runsMax = {500, 200, 100}},
  };
}

}  // namespace troop::tests
