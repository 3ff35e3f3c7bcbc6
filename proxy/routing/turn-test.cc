#include "proxy/routing/turn.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace troop::proxy {
namespace {

TEST(Turn, runsAtOnceWhereNoneRuns) {
  int value = 0;
  inTurn([&] { value = 1; });
  EXPECT_EQ(value, 1);
}

TEST(Turn, isPutOffInsideAnotherOne) {
  std::vector<int> order;
  inTurn([&] {
    inTurn([&] { order.push_back(2); });
    inTurn([&] { order.push_back(3); });
    order.push_back(1);
  });
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Turn, thatIsPutOffMayPutOffMore) {
  std::vector<int> order;
  inTurn([&] {
    inTurn([&] {
      inTurn([&] { order.push_back(3); });
      order.push_back(1);
    });
    inTurn([&] { order.push_back(2); });
  });
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

struct Countdown {
  int left;
  int* ran;
  void operator()() const {
    ++*ran;
    if (left > 0) inTurn(Countdown{left - 1, ran});
  }
};

TEST(Turn, mayFollowEachOtherWithoutEndInConstantStack) {
  int ran = 0;
  inTurn(Countdown{1'000'000, &ran});
  EXPECT_EQ(ran, 1'000'001);
}

TEST(Turn, destroysWhatItHoldsInsideItself) {
  struct Last {
    std::vector<int>* order;
    explicit Last(std::vector<int>* order) : order(order) {}
    Last(Last&& other) noexcept : order(std::exchange(other.order, nullptr)) {}
    ~Last() {
      if (order != nullptr) inTurn([order = order] { order->push_back(2); });
      if (order != nullptr) order->push_back(1);
    }
  };
  std::vector<int> order;
  inTurn([last = Last(&order)] {});
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Turn, belongsToItsOsThread) {
  std::vector<int> order;
  inTurn([&] {
    std::thread([&] { inTurn([&] { order.push_back(1); }); }).join();
    order.push_back(2);
  });
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace troop::proxy
