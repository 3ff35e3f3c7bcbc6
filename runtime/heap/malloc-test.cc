// A program that links //runtime:malloc, and one that does not: malloc-absent-test.cc.
#include <gtest/gtest.h>
#include <jemalloc/jemalloc.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop {
namespace {

// Of the calling OS thread, since it began.
std::uint64_t allocatedHere() {
  std::uint64_t bytes = 0;
  std::size_t size = sizeof(bytes);
  EXPECT_EQ(troop_je_mallctl("thread.allocated", &bytes, &size, nullptr, 0), 0);
  return bytes;
}

bool isOurs(void* memory) {
  unsigned arena = 0;
  std::size_t size = sizeof(arena);
  return troop_je_mallctl("arenas.lookup", &arena, &size, static_cast<void*>(&memory),
                          sizeof(memory)) == 0;
}

TEST(Malloc, isThatOfTheHeapsOfTroops) {
  const std::uint64_t before = allocatedHere();
  void* memory = std::malloc(100'000);
  EXPECT_TRUE(isOurs(memory));
  EXPECT_GE(allocatedHere() - before, 100'000u);
  EXPECT_GE(malloc_usable_size(memory), 100'000u);
  void* larger = std::realloc(memory, 200'000);
  EXPECT_TRUE(isOurs(larger));
  std::free(larger);

  auto* zeroed = static_cast<unsigned char*>(std::calloc(1000, 3));
  EXPECT_TRUE(isOurs(zeroed));
  EXPECT_TRUE(std::all_of(zeroed, zeroed + 3000, [](unsigned char byte) { return byte == 0; }));
  std::free(zeroed);
}

TEST(Malloc, servesTheCLibraryToo) {
  char* copy = strdup("allocated by the C library");
  EXPECT_TRUE(isOurs(copy));
  std::free(copy);
}

TEST(Malloc, aligns) {
  for (std::size_t alignment = 16; alignment <= 65'536; alignment *= 2) {
    void* first = std::aligned_alloc(alignment, alignment);
    void* second = nullptr;
    ASSERT_EQ(posix_memalign(&second, alignment, 100), 0);
    void* third = operator new(24, std::align_val_t(alignment));
    void* fourth = memalign(alignment, 1);
    for (void* memory : {first, second, third, fourth}) {
      EXPECT_TRUE(isOurs(memory));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0u);
    }
    operator delete(third, std::align_val_t(alignment));
    for (void* memory : {first, second, fourth}) std::free(memory);
  }
  void* unchanged = nullptr;
  EXPECT_EQ(posix_memalign(&unchanged, 3, 100), EINVAL);
}

TEST(Malloc, isBehindNew) {
  const auto one = std::make_unique<int>(1);
  EXPECT_TRUE(isOurs(one.get()));
  std::vector<std::string> many(100, std::string(100, 'x'));
  EXPECT_TRUE(isOurs(many.data()));
  EXPECT_TRUE(isOurs(many.front().data()));
  EXPECT_TRUE(isOurs(std::make_unique<char[]>(0).get()));
  EXPECT_NE(std::unique_ptr<int>(new (std::nothrow) int(1)), nullptr);
}

std::size_t tooMuch() {
  static volatile std::size_t bytes = std::numeric_limits<std::ptrdiff_t>::max();
  return bytes;
}

TEST(Malloc, failsAsItShould) {
  errno = 0;
  EXPECT_EQ(std::malloc(tooMuch()), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_THROW(operator delete(operator new(tooMuch())), std::bad_alloc);
  EXPECT_EQ(operator new(tooMuch(), std::nothrow), nullptr);
  static int asked;
  asked = 0;
  std::set_new_handler([] {
    if (++asked == 3) throw std::bad_alloc();
  });
  EXPECT_THROW(operator delete(operator new(tooMuch())), std::bad_alloc);
  std::set_new_handler(nullptr);
  EXPECT_EQ(asked, 3);
}

TEST(Malloc, servesTasksThatFreeWhatOthersAllocated) {
  run([] {
    for (int round = 0; round < 20; ++round) {
      std::vector<std::unique_ptr<std::string>> texts;
      {
        Scope scope;
        for (int i = 0; i < 20; ++i) {
          scope.task([&, i] {
            texts.push_back(std::make_unique<std::string>(1000 + i, 'x'));
            yield();
          });
        }
      }
      EXPECT_EQ(texts.size(), 20u);
      std::thread([&] { texts.clear(); }).join();
    }
  });
}

}  // namespace
}  // namespace troop
