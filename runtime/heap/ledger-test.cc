#include "runtime/heap/ledger.h"

#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;

constexpr std::size_t unbounded = ~std::size_t{0};

TEST(Ledger, whatOneAboveRefusesIsTakenNowhere) {
  Ledger<> root(nullptr, 10, 0);
  Ledger<> leaf(&root, 20, 0);
  EXPECT_EQ(leaf.take(8), nullptr);
  EXPECT_EQ(leaf.take(8), &root);
  EXPECT_EQ(leaf.standing().used, 8u);
  EXPECT_EQ(root.standing().used, 8u);
  EXPECT_EQ(leaf.take(13), &leaf);
  leaf.give(8);
  EXPECT_EQ(root.standing().used, 0u);
  EXPECT_EQ(root.peak(), 8u);
}

// Two takers below one root that has room for one of them, while a reservation ends; in the middle
// a group, so that undoing goes through a ledger that others change meanwhile.
struct Takers : rl::test_suite<Takers, 3> {
  Ledger<ModelAtomic> root{nullptr, 6, 0};
  Ledger<ModelAtomic> group{&root, unbounded, 0};
  Ledger<ModelAtomic> reserving{&group, unbounded, 3};
  Ledger<ModelAtomic> other{&group, unbounded, 0};

  void before() {
    modelCheck(group.take(3) == nullptr);
    reserving.beginReservation();
  }
  void thread(unsigned index) {
    if (index == 2) {
      reserving.endReservation();
      return;
    }
    Ledger<ModelAtomic>& own = index == 0 ? reserving : other;
    if (own.take(4) != nullptr) return;
    modelCheck(root.standing().used >= 4);
    own.give(4);
  }
  // Invariant 2.
  void after() {
    modelCheck(reserving.standing().used == 0 && other.standing().used == 0);
    modelCheck(group.standing().used == 0 && root.standing().used == 0);
  }
};

TEST(LedgerModel, inTheEndNobodyAboveHoldsWhatNobodyBelowUses) {
  EXPECT_EQ(flaw<Takers>(), "");
}

// Two Charges of one ledger, given back while a third take of it is refused above and undone.
struct Parts : rl::test_suite<Parts, 2> {
  Ledger<ModelAtomic> root{nullptr, 5, 0};
  Ledger<ModelAtomic> leaf{&root, unbounded, 3};

  void before() {
    modelCheck(root.take(3) == nullptr);
    leaf.beginReservation();
    modelCheck(leaf.take(2) == nullptr);
  }
  void thread(unsigned index) {
    if (index == 0) {
      leaf.give(2);
    } else if (leaf.take(4) == nullptr) {
      leaf.give(4);
    }
  }
  void after() {
    modelCheck(leaf.standing().used == 0 && leaf.standing().held == 3);
    modelCheck(root.standing().used == 3);
  }
};

TEST(LedgerModel, whatOthersGiveBackMeanwhileIsNotGivenBackTwice) {
  EXPECT_EQ(flaw<Parts>(), "");
}

}  // namespace
}  // namespace troop
