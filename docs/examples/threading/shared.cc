// What several Threads change: a Monitor lets one in at a time, a SharedMap and an Atomic change in
// single steps.
#include <cstdio>
#include <deque>
#include <string>
#include <type_traits>
#include <utility>

#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sharing/shared-map.h"

struct Order {
  std::string customer;
  int cups = 0;
};
// An Order owns all that it has, so it may cross, and be inside a Monitor.
template <>
struct troop::IsSendable<Order> : std::true_type {};

namespace {

using Orders = troop::Monitor<std::deque<Order>>;
using Bills = troop::SharedMap<std::string, int>;

void serve(const Orders& orders, const Bills& bills, const troop::Atomic<int>& cups) {
  for (;;) {
    const Order order = orders.enter([](std::deque<Order>& inside, troop::Entered& entered) {
      entered.wait([&] { return !inside.empty(); });  // lets others in until there is one
      Order first = std::move(inside.front());
      inside.pop_front();
      return first;
    });
    if (order.cups == 0) return;
    bills.put(order.customer, 3 * order.cups);
    cups.add(order.cups);
  }
}

}  // namespace

int main() {
  return troop::run([] {
    const Orders orders = Orders::make();
    const Bills bills = Bills::make();
    const troop::Atomic<int> cups = troop::Atomic<int>::make(0);
    troop::Scope scope;
    for (int i = 0; i < 2; ++i) scope.thread(serve, orders, bills, cups);
    for (const Order& order : {Order{"ann", 2}, Order{"bob", 1}, Order{}, Order{}}) {
      // What is called inside captures nothing: it gets Sendable arguments.
      orders.enter(
          [](std::deque<Order>& inside, troop::Entered& entered, Order next) {
            inside.push_back(std::move(next));
            entered.signal();
          },
          order);
    }
    scope.join();
    std::printf("%d cups; ann pays %d, bob %d\n", cups.get(), bills.get("ann").value(),
                bills.get("bob").value());
    return 0;
  });
}
