// An account that two cashiers pay from, and a search for the order in which that goes wrong.
#include <cstdio>
#include <stdexcept>

#include "runtime/scope.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sim/search.h"

namespace {

using Account = troop::Monitor<int>;

// Looks what is there, and takes it in a second step.
void payOut(Account account, int amount) {
  const int balance = account.enter([](const int& is) { return is; });
  if (balance < amount) return;
  const int left = account.enter([](int& is, int taken) { return is -= taken; }, amount);
  if (left < 0) throw std::logic_error("the account is overdrawn");
}

void day() {
  const Account account = Account::make(100);
  troop::Scope scope;
  scope.thread({"cashier one"}, payOut, account, 80);
  scope.thread({"cashier two"}, payOut, account, 70);
}

}  // namespace

int main() {
  using troop::sim::Strategy;
  const auto searched = troop::sim::search({.by = Strategy::Kind::pct, .runsMax = 1000}, day);
  if (!searched.failure) {
    std::puts("nothing went wrong");
    return 0;
  }
  std::printf("%s; once more:\n%s race\n", searched.failure->reason().c_str(),
              searched.failure->replay().c_str());
  return 1;
}
