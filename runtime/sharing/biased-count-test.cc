// Relacy changes stacks by longjmp(), which the C library's fortification takes for a mistake.
#undef _FORTIFY_SOURCE

#include "runtime/sharing/biased-count.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <relacy/relacy.hpp>
#include <sstream>
#include <string>

namespace troop {
namespace {

// Relacy's macros are not ours.
#undef new
#undef delete

using Count = BiasedCount<std::atomic<std::int64_t>>;

TEST(BiasedCount, ofOneThreadEndsByMerging) {
  Count count;
  count.addByOwner();
  count.addByOwner();
  EXPECT_FALSE(count.dropByOwner());
  EXPECT_TRUE(count.dropByOwner());
  EXPECT_TRUE(count.noneOfOwner());
  EXPECT_TRUE(count.merge());
}

TEST(BiasedCount, isHandedBackOnceWhereOthersDropWhatTheOwnerCounted) {
  Count count;
  for (int i = 0; i < 3; ++i) count.addByOwner();
  EXPECT_EQ(count.dropByOther(), Dropped::toMerge);
  EXPECT_EQ(count.dropByOther(), Dropped::notLast);
  EXPECT_FALSE(count.merge());
  EXPECT_FALSE(count.unqueue());
  EXPECT_TRUE(count.isSole());
  EXPECT_EQ(count.dropByOther(), Dropped::last);
}

TEST(BiasedCount, isNotFreedWhileItIsHandedBack) {
  Count count;
  count.addByOwner();
  EXPECT_EQ(count.dropByOther(), Dropped::toMerge);
  EXPECT_FALSE(count.merge());
  EXPECT_TRUE(count.unqueue());
}

TEST(BiasedCount, isNotHandedBackWhereOthersDropWhatOthersTook) {
  Count count;
  count.addByOwner();
  count.addByOther();
  EXPECT_EQ(count.dropByOther(), Dropped::notLast);
  EXPECT_TRUE(count.dropByOwner());
  EXPECT_TRUE(count.merge());
}

TEST(BiasedCount, thatIsMergedCountsAllAlike) {
  Count count(Count::Merged{1});
  EXPECT_TRUE(count.isSole());
  count.addByOther();
  EXPECT_FALSE(count.isSole());
  EXPECT_EQ(count.dropByOther(), Dropped::notLast);
  EXPECT_EQ(count.dropByOther(), Dropped::last);
}

enum class Orders : unsigned char { asWritten, relaxed };

// std::atomic's interface on an atomic of Relacy's, which tries every order of things that the
// memory model allows.
template <Orders orders>
class ModelAtomic {
 public:
  explicit ModelAtomic(std::int64_t value) { inner_.store(value, rl::mo_relaxed, $); }

  std::int64_t load(std::memory_order order) const { return inner_.load(of(order), $); }
  std::int64_t fetch_add(std::int64_t value, std::memory_order order) {
    return inner_.fetch_add(value, of(order), $);
  }
  bool compare_exchange_weak(std::int64_t& expected, std::int64_t value, std::memory_order order,
                             std::memory_order failure) {
    return inner_.compare_exchange_weak(expected, value, of(order), $, of(failure), $);
  }

 private:
  static rl::memory_order of(std::memory_order order) {
    if (orders == Orders::relaxed) return rl::mo_relaxed;
    return order == std::memory_order::acq_rel ? rl::mo_acq_rel : rl::mo_relaxed;
  }

  mutable rl::atomic<std::int64_t> inner_;
};

// What runtime/sharing/holding.cc does with it: an owner gives references away, uses and drops one
// itself, looks once what was handed back, and ends; two others use theirs, copy and drop them.
template <Orders orders>
struct Model : rl::test_suite<Model<orders>, 3> {
  BiasedCount<ModelAtomic<orders>> count;
  rl::var<int> value;
  rl::var<int> freed;
  rl::mutex mutex;  // protects the two below
  rl::var<int> ended;
  rl::var<int> returned;

  void before() {
    value($) = 1;
    freed($) = 0;
    ended($) = 0;
    returned($) = 0;
    for (int i = 0; i < 3; ++i) count.addByOwner();
  }
  void thread(unsigned index) { index == 0 ? owner() : other(); }
  void after() { RL_ASSERT(freed($) == 1); }

  void use() { RL_ASSERT(value($) == 1); }
  void freeIt() {
    RL_ASSERT(freed($) == 0);
    freed($) = 1;
    value($) = 2;
  }

  void owner() {
    count.addByOwner();
    use();
    count.dropByOwner();
    const bool isMerged = takeReturned(false, false);
    if (isMerged) {
      drop();
    } else {
      count.dropByOwner();
    }
    takeReturned(isMerged, true);
  }
  // Whether it is merged.
  bool takeReturned(bool isMerged, bool ends) {
    if (ends && !isMerged) {
      isMerged = true;
      if (count.merge()) freeIt();
    }
    mutex.lock($);
    if (ends) ended($) = 1;
    const bool wasReturned = returned($) != 0;
    returned($) = 0;
    mutex.unlock($);
    if (!wasReturned) return isMerged;
    if (!isMerged && count.merge()) freeIt();
    if (count.unqueue()) freeIt();
    return true;
  }
  void other() {
    use();
    count.addByOther();
    drop();
    use();
    drop();
  }
  void drop() {
    switch (count.dropByOther()) {
      case Dropped::notLast:
        return;
      case Dropped::last:
        return freeIt();
      case Dropped::toMerge:
        break;
    }
    mutex.lock($);
    const bool hasEnded = ended($) != 0;
    if (!hasEnded) returned($) = 1;
    mutex.unlock($);
    if (hasEnded && count.unqueue()) freeIt();
  }
};

template <Orders orders>
bool holdsInTheModel() {
  const char* asked = std::getenv("TROOP_LONG");
  const bool isLong = asked != nullptr && std::string(asked) == "1";
  std::ostringstream said;
  rl::test_params params;
  params.iteration_count = isLong ? 1'000'000 : 5'000;
  params.output_stream = &said;
  params.progress_stream = &said;
  const bool holds = rl::simulate<Model<orders>>(params);
  if (!holds && orders == Orders::asWritten) ADD_FAILURE() << said.str();
  return holds;
}

TEST(BiasedCount, isFreedOnceAndAfterItsLastUseInEveryOrder) {
  EXPECT_TRUE(holdsInTheModel<Orders::asWritten>());
}

TEST(BiasedCount, needsItsMemoryOrders) {
  EXPECT_FALSE(holdsInTheModel<Orders::relaxed>());
}

}  // namespace
}  // namespace troop
