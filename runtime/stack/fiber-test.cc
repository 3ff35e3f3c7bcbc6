#include "runtime/stack/fiber.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace troop {
namespace {

// A fiber that calls a function with itself.
class Coroutine {
 public:
  explicit Coroutine(std::function<void(Fiber&)> function)
      : function_(std::move(function)),
        fiber_(makeRef<StackPool>(StackPool::Options{.stacksPerSlab = 1, .givenTogetherMax = 1})
                   ->acquire()
                   .value(),
               &Coroutine::enter, this) {}

  Fiber& fiber() { return fiber_; }

 private:
  static void enter(void* self) noexcept {
    auto* coroutine = static_cast<Coroutine*>(self);
    coroutine->function_(coroutine->fiber_);
  }

  std::function<void(Fiber&)> function_;
  Fiber fiber_;
};

[[gnu::noinline]] int readErrno() {
  return errno;
}
[[gnu::noinline]] void writeErrno(int value) {
  errno = value;
}

TEST(Fiber, goesOnWhereItWasLeft) {
  std::string trace;
  Coroutine coroutine([&](Fiber& self) {
    trace += 'a';
    self.suspend();
    trace += 'b';
    self.suspend();
    trace += 'c';
  });
  EXPECT_FALSE(coroutine.fiber().started());
  while (!coroutine.fiber().ended()) {
    coroutine.fiber().resume();
    trace += '.';
  }
  EXPECT_EQ(trace, "a.b.c.");
}

// Frames of some depth whose variables are looked at again after each wait.
[[gnu::noinline]] int sumOfDepth(Fiber& self, int depth) {
  volatile int here[8];
  for (int i = 0; i < 8; ++i) here[i] = depth * i;
  const std::string text(static_cast<std::size_t>(depth) + 1,
                         'x');  // its inner pointer is to itself
  if (depth > 0) {
    sumOfDepth(self, depth - 1);
  } else {
    self.suspend();
  }
  int sum = 0;
  for (int i = 0; i < 8; ++i) sum += here[i];
  EXPECT_EQ(sum, 28 * depth);
  EXPECT_EQ(text, std::string(static_cast<std::size_t>(depth) + 1, 'x'));
  return sum;
}

bool anyPageOf(const Stack& stack) {
  std::vector<unsigned char> resident(stack.bytes() / 4096);
  EXPECT_EQ(mincore(stack.bottom(), stack.bytes(), resident.data()), 0);
  return std::any_of(resident.begin(), resident.end(), [](unsigned char page) { return page & 1; });
}

TEST(Fiber, goesOnAfterItWasCompactedAndExpanded) {
  int rounds = 0;
  Coroutine coroutine([&](Fiber& self) {
    for (; rounds < 3; ++rounds) EXPECT_EQ(sumOfDepth(self, 9), 9 * 28);
  });
  Fiber& fiber = coroutine.fiber();
  fiber.resume();
  while (!fiber.ended()) {
    EXPECT_TRUE(anyPageOf(fiber.stack()));
    fiber.compact();
    EXPECT_TRUE(fiber.compacted());
    EXPECT_FALSE(anyPageOf(fiber.stack()));
    fiber.compact();  // changes nothing
    fiber.expand();
    fiber.expand();
    EXPECT_FALSE(fiber.compacted());
    fiber.resume();
  }
  EXPECT_EQ(rounds, 3);
}

TEST(Fiber, takesAnExceptionInFlightThroughCompaction) {
  Coroutine coroutine([](Fiber& self) {
    try {
      throw std::runtime_error("in flight");
    } catch (const std::exception&) {
      self.suspend();
      try {
        throw;
      } catch (const std::runtime_error& again) {
        EXPECT_STREQ(again.what(), "in flight");
      }
    }
  });
  coroutine.fiber().resume();
  coroutine.fiber().compact();
  coroutine.fiber().expand();
  coroutine.fiber().resume();
  EXPECT_TRUE(coroutine.fiber().ended());
}

TEST(Fiber, goesOnWithAnotherInItsPlace) {
  std::string trace;
  Coroutine* others[2];
  Coroutine first([&](Fiber& self) {
    errno = 1;
    try {
      throw 1;
    } catch (int) {
      self.switchTo(others[1]->fiber());
      trace += std::to_string(readErrno());
      self.suspend();
      trace += std::current_exception() != nullptr ? 'a' : '-';
    }
  });
  Coroutine second([&](Fiber& self) {
    trace += std::to_string(readErrno());
    trace += std::current_exception() != nullptr ? 'b' : '-';
    writeErrno(2);
    self.switchTo(others[0]->fiber());
    trace += std::to_string(readErrno());
  });
  others[0] = &first;
  others[1] = &second;
  errno = 3;
  first.fiber().resume();  // there, and back, and here
  EXPECT_EQ(trace, "0-1");
  EXPECT_EQ(errno, 3);
  EXPECT_EQ(std::current_exception(), nullptr);
  std::thread([&] { first.fiber().resume(); }).join();
  second.fiber().resume();
  EXPECT_EQ(trace, "0-1a2");
  EXPECT_TRUE(first.fiber().ended());
  EXPECT_TRUE(second.fiber().ended());
}

TEST(Fiber, getsItsStackWhenItIsNeeded) {
  int runs = 0;
  Fiber fiber([](void* count) noexcept { ++*static_cast<int*>(count); }, &runs);
  EXPECT_FALSE(fiber.hasStack());
  fiber.takeStack(makeRef<StackPool>(StackPool::Options{.stacksPerSlab = 1, .givenTogetherMax = 1})
                      ->acquire()
                      .value());
  fiber.resume();
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(fiber.ended());
}

TEST(Fiber, thatNeverRanIsJustDestroyed) {
  bool ran = false;
  {
    Coroutine coroutine([&](Fiber&) { ran = true; });
  }
  EXPECT_FALSE(ran);
}

TEST(Fiber, keepsErrnoToItself) {
  Coroutine coroutine([](Fiber& self) {
    writeErrno(EDOM);
    self.suspend();
    EXPECT_EQ(readErrno(), EDOM);
  });
  writeErrno(ERANGE);
  coroutine.fiber().resume();
  EXPECT_EQ(readErrno(), ERANGE);
  std::thread([&] {
    writeErrno(0);
    coroutine.fiber().resume();
    EXPECT_EQ(readErrno(), 0);
  }).join();
  EXPECT_TRUE(coroutine.fiber().ended());
}

TEST(Fiber, keepsCaughtExceptionsToItself) {
  Coroutine coroutine([](Fiber& self) {
    try {
      throw std::runtime_error("inner");
    } catch (const std::runtime_error&) {
      self.suspend();
      try {
        throw;
      } catch (const std::runtime_error& again) {
        EXPECT_STREQ(again.what(), "inner");
      }
    }
    EXPECT_EQ(std::current_exception(), nullptr);
  });
  try {
    throw std::logic_error("outer");
  } catch (const std::logic_error&) {
    coroutine.fiber().resume();
    EXPECT_THROW(std::rethrow_exception(std::current_exception()), std::logic_error);
  }
  EXPECT_EQ(std::current_exception(), nullptr);
  std::thread([&] { coroutine.fiber().resume(); }).join();
  EXPECT_TRUE(coroutine.fiber().ended());
}

TEST(Fiber, countsUncaughtExceptionsOnItsOwn) {
  struct SuspendsWhenDestroyed {
    Fiber& fiber;
    ~SuspendsWhenDestroyed() {
      EXPECT_EQ(std::uncaught_exceptions(), 1);
      fiber.suspend();
      EXPECT_EQ(std::uncaught_exceptions(), 1);
    }
  };
  Coroutine coroutine([](Fiber& self) {
    try {
      const SuspendsWhenDestroyed suspends{self};
      throw 1;
    } catch (int thrown) {
      EXPECT_EQ(thrown, 1);
    }
  });
  coroutine.fiber().resume();
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  coroutine.fiber().resume();
  EXPECT_TRUE(coroutine.fiber().ended());
}

TEST(Fiber, movesBetweenOsThreadsWithItsLocals) {
  Coroutine coroutine([](Fiber& self) {
    std::string text = "local";
    for (int i = 0; i < 100; ++i) {
      text += 'x';
      self.suspend();
    }
    EXPECT_EQ(text.size(), 105u);
  });
  while (!coroutine.fiber().ended()) {
    coroutine.fiber().resume();
    if (coroutine.fiber().ended()) break;
    std::thread([&] { coroutine.fiber().resume(); }).join();
  }
}

}  // namespace
}  // namespace troop
