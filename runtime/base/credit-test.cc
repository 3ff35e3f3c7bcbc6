#include "runtime/base/credit.h"

#include <gtest/gtest.h>

#include "runtime/base/reference-count.h"
#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelData;

struct alignas(64) Owner {};

TEST(Credit, whatIsLeftOfEachKindIsTakenTogether) {
  Owner owner;
  Credit<Owner> credit;
  credit.open(owner, 0);
  EXPECT_FALSE(credit.isEmpty()) << "it has an owner";
  EXPECT_TRUE(credit.leave(owner, CreditKind::admitted));
  EXPECT_TRUE(credit.leave(owner, CreditKind::live));
  EXPECT_FALSE(credit.take(owner)) << "one kind lacks";
  EXPECT_TRUE(credit.leave(owner, CreditKind::reference));
  EXPECT_TRUE(credit.take(owner));
  EXPECT_FALSE(credit.take(owner));
  EXPECT_FALSE(credit.isEmpty());
}

TEST(Credit, isOfOneOwnerAtATime) {
  Owner owner;
  Owner other;
  Credit<Owner> credit;
  EXPECT_FALSE(credit.leave(owner, CreditKind::live)) << "of nobody";
  credit.open(owner, 3);
  EXPECT_FALSE(credit.take(other));
  EXPECT_FALSE(credit.leave(other, CreditKind::live));
  EXPECT_FALSE(credit.add(other, 1));
  EXPECT_TRUE(credit.take(owner));
}

TEST(Credit, whatIsEmptiedIsToldByKind) {
  Owner owner;
  Credit<Owner> credit;
  EXPECT_EQ(credit.empty().owner, nullptr);
  credit.open(owner, 2);
  credit.leave(owner, CreditKind::live);
  credit.leave(owner, CreditKind::reference);
  credit.leave(owner, CreditKind::reference);
  const Credit<Owner>::Content content = credit.empty();
  EXPECT_EQ(content.owner, &owner);
  EXPECT_EQ(content.counts.admitted, 2U);
  EXPECT_EQ(content.counts.live, 3U);
  EXPECT_EQ(content.counts.references, 4U);
  EXPECT_TRUE(credit.isEmpty());
  EXPECT_EQ(credit.empty().owner, nullptr);
}

TEST(Credit, whatIsFullTakesNoMore) {
  Owner owner;
  Credit<Owner> credit;
  credit.open(owner, Credit<Owner>::most);
  for (const CreditKind kind : {CreditKind::admitted, CreditKind::live, CreditKind::reference}) {
    EXPECT_FALSE(credit.leave(owner, kind));
  }
  EXPECT_FALSE(credit.add(owner, 1));
  EXPECT_TRUE(credit.take(owner));
  EXPECT_TRUE(credit.add(owner, 1));
  EXPECT_FALSE(credit.add(owner, 1));
  EXPECT_EQ(credit.empty().counts.references, Credit<Owner>::most);
}

// Stands for the troop in the word: the checker puts what it makes at addresses of its own choice.
Owner modelled;

// A troop whose Threads start and end on a carrier, while somebody else has all counted back.
struct Counted {
  ModelAtomic<int> admitted{0};
  ReferenceCount<ModelAtomic> references;
  ModelData<int> exists;
  ModelData<int> written;

  Counted() { exists.set(1); }
  void drop(std::uint32_t count) {
    modelCheck(exists.get() == 1);
    // Who drops the last reference has seen what was done by who left his.
    if (!references.drop(count)) return;
    modelCheck(written.get() == 7);
    exists.set(0);
  }
  void collect(Credit<Owner, ModelAtomic>& credit) {
    const auto [owner, counts] = credit.empty();
    if (owner == nullptr) return;
    admitted.fetch_sub(static_cast<int>(counts.admitted), std::memory_order_relaxed);
    drop(static_cast<std::uint32_t>(counts.references) + 1);
  }
};

// Whether an empty one is opened with a reference to its owner.
template <bool keeps>
struct EndsBesideACollector : rl::test_suite<EndsBesideACollector<keeps>, 2> {
  Counted troop;
  Credit<Owner, ModelAtomic> credit;

  void before() { troop.admitted.fetch_add(1); }

  // The carrier ends one that it runs, starts another one where it can, ends that, and its slice.
  void thread(unsigned index) {
    if (index == 1) return troop.collect(credit);
    troop.written.set(7);
    open();
    if (!credit.leave(modelled, CreditKind::admitted)) troop.admitted.fetch_sub(1);
    const bool leftLive = credit.leave(modelled, CreditKind::live);
    if (!leftLive) open();
    if (!credit.leave(modelled, CreditKind::reference)) troop.drop(1);
    troop.collect(credit);
  }

  void open() {
    if (keeps) troop.references.add();
    credit.open(modelled, 0);
  }

  void after() {
    modelCheck(troop.admitted.load() == 0);
    modelCheck(troop.exists.get() == 0);
  }
};

TEST(CreditModel, whatIsLeftIsCountedBackOnceAndItsOwnerLivesUntilThen) {
  EXPECT_EQ(flaw<EndsBesideACollector<true>>(), "");
  EXPECT_NE(flaw<EndsBesideACollector<false>>(), "");
}

// What was counted ahead is taken once: by a start of the carrier, or by who counts it back.
struct StartsBesideACollector : rl::test_suite<StartsBesideACollector, 2> {
  Counted troop;
  Credit<Owner, ModelAtomic> credit;

  void before() {
    troop.admitted.fetch_add(2);
    troop.references.add(3);
    credit.open(modelled, 2);
  }
  void thread(unsigned index) {
    if (index == 0) {
      troop.written.set(7);
      if (credit.take(modelled)) {
        troop.admitted.fetch_sub(1);
        troop.drop(1);
      }
      troop.drop(1);
    }
    troop.collect(credit);
  }
  void after() {
    modelCheck(troop.admitted.load() == 0);
    modelCheck(troop.exists.get() == 0);
  }
};

TEST(CreditModel, whatWasCountedAheadIsTakenOrCountedBack) {
  EXPECT_EQ(flaw<StartsBesideACollector>(), "");
}

}  // namespace
}  // namespace troop
