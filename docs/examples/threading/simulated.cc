// A program of one's own under the simulated scheduler: the same seed, the same run.
#include <cstdio>

#include "runtime/scope.h"
#include "runtime/sim/simulation.h"
#include "runtime/task.h"

namespace {

// Takes from the account what is there, it thinks: between its look and its change others run.
void withdraw(int& balance, int amount) {
  if (balance < amount) return;
  troop::sleep(troop::Duration(1000));
  balance -= amount;
}

int balanceAfter(std::uint64_t seed) {
  int balance = 100;
  troop::sim::run({.seed = seed}, [&balance] {
    troop::Scope scope;
    scope.task([&balance] { withdraw(balance, 80); });
    scope.task([&balance] { withdraw(balance, 70); });
  });
  return balance;
}

}  // namespace

int main() {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    if (balanceAfter(seed) >= 0) continue;
    std::printf("overdrawn, and again with the same seed: %s\n",
                balanceAfter(seed) < 0 ? "yes" : "no");
    return 0;
  }
  std::puts("no seed shows anything");
  return 1;
}
