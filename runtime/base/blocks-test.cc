#include "runtime/base/blocks.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/testing/refused-calls.h"
#include "runtime/testing/resident.h"

namespace troop::blocks {
namespace {

constexpr std::size_t bytes = 400;
constexpr std::size_t many = 200'000;

// Gives back what the OS thread that runs it keeps, too.
template <typename F>
void onAnotherOsThread(F function) {
  std::thread(function).join();
}

std::vector<void*> take(std::size_t count) {
  std::vector<void*> taken;
  for (std::size_t i = 0; i < count; ++i) {
    taken.push_back(allocate(bytes));
    std::memset(taken.back(), static_cast<int>(i % 100), bytes);
  }
  return taken;
}

void giveBack(const std::vector<void*>& taken) {
  for (void* block : taken) free(block, bytes);
}

TEST(Blocks, areDistinctAndOfAnySize) {
  onAnotherOsThread([] {
    std::vector<std::pair<unsigned char*, std::size_t>> taken;
    for (std::size_t size = 0; size <= blockBytesMax + 100; ++size) {
      auto* block = static_cast<unsigned char*>(allocate(size));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0u);
      std::memset(block, static_cast<int>(size % 251), size);
      taken.emplace_back(block, size);
    }
    for (const auto& [block, size] : taken) {
      for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(block[i], size % 251);
      free(block, size);
    }
  });
}

TEST(Blocks, serveTheNextWhileTheyAreWarm) {
  onAnotherOsThread([] {
    void* const block = allocate(bytes);
    free(block, bytes);
    void* const again = allocate(bytes);
    EXPECT_EQ(again, block);
    free(again, bytes);
  });
}

TEST(Blocks, giveTheirMemoryBack) {
  onAnotherOsThread([] { giveBack(take(many)); });
  const std::size_t before = tests::residentBytes();
  std::vector<void*> taken;
  onAnotherOsThread([&taken] { taken = take(many); });
  EXPECT_GT(tests::residentBytes(), before + many * bytes / 2);
  EXPECT_GT(chunks(), many * bytes / chunkBytes);
  onAnotherOsThread([&taken] { giveBack(taken); });
  EXPECT_LE(chunks(), emptyChunksMax);
  EXPECT_LT(tests::residentBytes(), before + many * bytes / 4);
}

TEST(Blocks, giveMemoryBackAroundOnesThatStay) {
  std::vector<void*> taken;
  std::vector<void*> staying;
  const std::size_t before = tests::residentBytes();
  onAnotherOsThread([&taken] { taken = take(many); });
  // One in each chunk.
  std::set<std::uintptr_t> chunksSeen;
  onAnotherOsThread([&] {
    for (void* block : taken) {
      const bool isFirst =
          chunksSeen.insert(reinterpret_cast<std::uintptr_t>(block) / chunkBytes).second;
      if (isFirst) {
        staying.push_back(block);
      } else {
        free(block, bytes);
      }
    }
  });
  EXPECT_GE(chunks(), staying.size());
  EXPECT_LT(tests::residentBytes(),
            before + (keptMax + 2 * staying.size()) * slabBytes + many * bytes / 8);
  // What has no pages has them again where it is needed.
  onAnotherOsThread([&taken] { taken = take(many); });
  for (std::size_t i = 0; i < many; ++i) {
    ASSERT_EQ(static_cast<unsigned char*>(taken[i])[bytes - 1], i % 100);
  }
  onAnotherOsThread([&] {
    giveBack(taken);
    giveBack(staying);
  });
  EXPECT_LE(chunks(), emptyChunksMax);
}

TEST(Blocks, endOnOtherOsThreadsThanTheyBeganOn) {
  constexpr int rounds = 200;
  std::mutex mutex;
  std::vector<void*> between;
  std::vector<std::thread> osThreads;
  for (int i = 0; i < 4; ++i) {
    osThreads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        std::vector<void*> taken = take(100);
        {
          const std::lock_guard lock(mutex);
          taken.swap(between);
        }
        for (std::size_t n = 0; n < taken.size(); ++n) {
          ASSERT_EQ(*static_cast<unsigned char*>(taken[n]), n % 100);
        }
        giveBack(taken);
      }
    });
  }
  for (std::thread& osThread : osThreads) osThread.join();
  onAnotherOsThread([&between] { giveBack(between); });
  EXPECT_LE(chunks(), emptyChunksMax);
}

// Its destructor runs when what the OS thread kept has been given back.
struct EndsLate {
  void* block = nullptr;
  ~EndsLate() {
    free(block, bytes);
    free(allocate(bytes), bytes);
  }
};

TEST(Blocks, areGivenBackByAnOsThreadThatEnds) {
  onAnotherOsThread([] {
    static thread_local EndsLate late;
    late.block = allocate(bytes);
  });
  EXPECT_LE(chunks(), emptyChunksMax);
}

// As those of a host that let go of a Thread last, one for each request.
TEST(Blocks, areGivenBackByOsThreadsThatHaveTakenNone) {
  constexpr std::size_t each = 10;  // so few that they are kept
  std::vector<void*> taken;
  onAnotherOsThread([&taken] { taken = take(20'000); });
  EXPECT_GT(chunks(), emptyChunksMax);
  while (!taken.empty()) {
    onAnotherOsThread([&taken] {
      giveBack({taken.end() - each, taken.end()});
      taken.resize(taken.size() - each);
    });
  }
  EXPECT_LE(chunks(), emptyChunksMax);
}

// A gap in what is mapped as one takes a mapping more, of which a process has so many.
TEST(Blocks, giveTheirPagesBackWhereTheKernelUnmapsNothing) {
  const std::size_t before = tests::residentBytes();
  std::vector<void*> taken;
  onAnotherOsThread([&taken] { taken = take(many); });
  onAnotherOsThread([&taken] {
    tests::refuseCall(SYS_munmap, ENOMEM);
    giveBack(taken);
  });
  EXPECT_LT(tests::residentBytes(), before + keptMax * slabBytes + many * bytes / 8);
  onAnotherOsThread([&taken] { taken = take(many); });
  onAnotherOsThread([&taken] { giveBack(taken); });
  EXPECT_LE(chunks(), emptyChunksMax);
}

// What a child gives back as it ends comes to places where others were as it was forked.
TEST(Blocks, letAForkedChildEnd) {
  std::atomic<bool> done{false};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back([&done] {
      while (!done) giveBack(take(1000));
    });
  }
  onAnotherOsThread([] {
    for (int i = 0; i < 200; ++i) {
      free(allocate(bytes), bytes);
      const pid_t child = fork();
      if (child == 0) {
        alarm(60);
        std::thread([] { giveBack(take(1000)); }).join();
        std::quick_exit(0);
      }
      int status = -1;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFEXITED(status)) << "child " << i;
    }
  });
  done = true;
  for (std::thread& osThread : others) osThread.join();
}

struct alignas(128) Wide : InBlock {
  virtual ~Wide() = default;
  unsigned char value[200] = {};
};

TEST(Blocks, leaveWideAlignmentToOperatorNew) {
  std::vector<Wide*> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(new Wide());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(all.back()) % 128, 0u);
  }
  for (Wide* wide : all) delete wide;
}

}  // namespace
}  // namespace troop::blocks
