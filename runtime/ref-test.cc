#include "runtime/ref.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace troop {
namespace {

class Counted : public RefCounted {
 public:
  explicit Counted(std::atomic<int>& destroyed) : destroyed_(destroyed) {}
  ~Counted() override { ++destroyed_; }

 private:
  std::atomic<int>& destroyed_;
};

TEST(Ref, destroysWithTheLastHolder) {
  std::atomic<int> destroyed{0};
  Ref<Counted> first = makeRef<Counted>(destroyed);
  Ref<Counted> second = first;
  Ref<RefCounted> base = second;
  first.reset();
  second = nullptr;
  EXPECT_EQ(destroyed, 0);
  base = Ref<RefCounted>();
  EXPECT_EQ(destroyed, 1);
}

TEST(Ref, movesWithoutCounting) {
  std::atomic<int> destroyed{0};
  Ref<Counted> first = makeRef<Counted>(destroyed);
  Ref<Counted> second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(second);
  Ref<Counted>& itself = second;
  second = itself;
  EXPECT_TRUE(second);
  Counted* raw = second.release();
  EXPECT_EQ(destroyed, 0);
  Ref<Counted>::adopt(raw).reset();
  EXPECT_EQ(destroyed, 1);
}

TEST(Ref, isCountedAcrossOsThreads) {
  std::atomic<int> destroyed{0};
  {
    const Ref<Counted> shared = makeRef<Counted>(destroyed);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([shared] {
        for (int n = 0; n < 10'000; ++n) {
          // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it counts
          const Ref<Counted> copy = shared;
          ASSERT_TRUE(copy->tryAddRef());
          copy->dropRef();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(destroyed, 0);
  }
  EXPECT_EQ(destroyed, 1);
}

}  // namespace
}  // namespace troop
