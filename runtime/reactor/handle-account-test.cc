#include "runtime/reactor/handle-account.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "runtime/process.h"
#include "runtime/sim/sweep.h"

namespace troop {
namespace {

// What open() says in a Task of `troop`.
Expected<HandleAccount> openIn(Troop& troop, std::size_t bytes) {
  std::optional<Expected<HandleAccount>> account;
  troop
      .thread(
          {"opens"},
          [](std::optional<Expected<HandleAccount>>* result, std::size_t count) {
            *result = HandleAccount::open(count);
          },
          assumeSendable(&account), bytes)
      ->join()
      .value();
  return *std::move(account);
}

TROOP_TEST(HandleAccount, addsUpAndTheLowerLimitWins) {
  const Ref<Troop> acme = Process::current()->troop({.name = "acme", .handlesMax = 2});
  const Ref<Troop> shop = acme->troop({.name = "shop", .handlesMax = 1});
  std::optional<HandleAccount> first = openIn(*shop, 100).value();
  const Error own = openIn(*shop, 100).error();
  EXPECT_EQ(own.reason(), "troop 'shop' has 1 open handles, its limit");
  EXPECT_EQ(own.detail(), ErrorDetail::quota);
  const HandleAccount second = openIn(*acme, 100).value();
  EXPECT_EQ(openIn(*acme, 100).error().reason(), "troop 'acme' has 2 open handles, its limit");
  EXPECT_EQ(acme->handles(), 2U);
  EXPECT_EQ(shop->handles(), 1U);
  first.reset();
  EXPECT_EQ(acme->handles(), 1U);
  EXPECT_TRUE(openIn(*shop, 100).succeeded());
}

TROOP_TEST(HandleAccount, countsNothingThatCannotBePaidFor) {
  const Ref<Troop> poor =
      Process::current()->troop({.name = "poor", .memoryBytesMax = std::size_t{1} << 20});
  EXPECT_EQ(openIn(*poor, std::size_t{1} << 30).error().detail(), ErrorDetail::memory);
  EXPECT_EQ(poor->handles(), 0U);
  HandleAccount some = openIn(*poor, 1000).value();
  HandleAccount moved = std::move(some);
  EXPECT_EQ(poor->handles(), 1U);
  moved = openIn(*poor, 1000).value();
  EXPECT_EQ(poor->handles(), 1U);
  moved.close();
  EXPECT_EQ(poor->handles(), 0U);
}

TEST(HandleAccount, isPaidByNobodyOutsideOfTasks) {
  EXPECT_TRUE(HandleAccount::open(std::size_t{1} << 60).succeeded());
}

}  // namespace
}  // namespace troop
