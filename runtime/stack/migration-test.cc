// What must go with a Task to another OS thread: exceptions in flight and caught, errno; and what
// must not: thread-local data. Each test runs Threads that go on on another carrier while they are
// in the middle of it. Run at -O3 and as one program under --config=lto.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <climits>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/thread.h"

namespace troop {
namespace {

constexpr unsigned threads = 6;
constexpr std::uint64_t moves = 3;

// Two carriers, one of which comes and goes: each time it goes, what it had to run goes on on the
// other one.
class Shaken {
 public:
  ~Shaken() {
    over_ = true;
    shaker_.join();
  }

  // Runs `body` in Threads, each given its number.
  void run(void (*body)(int number)) {
    process_.run([body] {
      Scope scope;
      for (unsigned number = 1; number <= threads; ++number) {
        scope.thread([](void (*inner)(int), int given) { inner(given); }, assumeSendable(body),
                     static_cast<int>(number));
      }
    });
  }

 private:
  void shake() {
    while (!over_) {
      process_.resize(2);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      process_.resize(1);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }

  Process process_{{.carriers = 1, .carriersMax = 2}};
  std::atomic<bool> over_{false};
  std::thread shaker_{[this] { shake(); }};
};

// Returns when the calling Thread has gone on on another carrier `moves` times.
void move() {
  const Thread& self = *Thread::current();
  const std::uint64_t until = self.migrations() + moves;
  while (self.migrations() < until) yield();
}

[[gnu::noinline]] int readErrno() {
  return errno;
}
[[gnu::noinline]] void writeErrno(int value) {
  errno = value;
}

TEST(Migration, happensInTheMiddleOfACatchBlock) {
  Shaken().run([](int number) {
    try {
      throw std::runtime_error(std::to_string(number));
    } catch (const std::runtime_error& caught) {
      move();
      EXPECT_EQ(caught.what(), std::to_string(number));
      try {
        throw;
      } catch (const std::runtime_error& again) {
        EXPECT_EQ(&again, &caught);
        move();
        EXPECT_EQ(again.what(), std::to_string(number));
      }
      const std::exception_ptr current = std::current_exception();
      ASSERT_NE(current, nullptr);
      EXPECT_THROW(std::rethrow_exception(current), std::runtime_error);
    }
    EXPECT_EQ(std::current_exception(), nullptr);
    EXPECT_EQ(std::uncaught_exceptions(), 0);
  });
}

TEST(Migration, happensBetweenExceptionsThatAreCaughtInOneAnother) {
  Shaken().run([](int number) {
    try {
      throw number;
    } catch (int outer) {
      move();
      try {
        throw std::logic_error("inner");
      } catch (const std::logic_error& inner) {
        move();
        EXPECT_STREQ(inner.what(), "inner");
      }
      move();
      EXPECT_EQ(outer, number);
      EXPECT_THROW(throw, int);
    }
    EXPECT_EQ(std::current_exception(), nullptr);
  });
}

TEST(Migration, keepsNestedExceptionsTogether) {
  Shaken().run([](int number) {
    try {
      try {
        throw std::out_of_range(std::to_string(number));
      } catch (...) {
        move();
        std::throw_with_nested(std::runtime_error("around"));
      }
    } catch (const std::runtime_error& around) {
      move();
      EXPECT_STREQ(around.what(), "around");
      try {
        std::rethrow_if_nested(around);
        ADD_FAILURE() << "nothing was nested";
      } catch (const std::out_of_range& nested) {
        move();
        EXPECT_EQ(nested.what(), std::to_string(number));
      }
    }
  });
}

TEST(Migration, rethrowsOnOneCarrierWhatWasCaughtOnAnother) {
  Shaken().run([](int number) {
    std::exception_ptr kept;
    try {
      throw std::runtime_error(std::to_string(number));
    } catch (...) {
      kept = std::current_exception();
    }
    move();
    try {
      std::rethrow_exception(kept);
    } catch (const std::runtime_error& caught) {
      kept = nullptr;
      move();
      EXPECT_EQ(caught.what(), std::to_string(number));
    }
  });
}

TEST(Migration, happensWhileAnExceptionUnwinds) {
  struct MovesWhenDestroyed {
    ~MovesWhenDestroyed() {
      EXPECT_EQ(std::uncaught_exceptions(), 1);
      move();
      EXPECT_EQ(std::uncaught_exceptions(), 1);
      // Another one comes and goes meanwhile.
      try {
        throw 'x';
      } catch (char caught) {
        EXPECT_EQ(caught, 'x');
      }
      EXPECT_EQ(std::uncaught_exceptions(), 1);
    }
  };
  Shaken().run([](int number) {
    try {
      const MovesWhenDestroyed first, second;
      throw number;
    } catch (int caught) {
      EXPECT_EQ(caught, number);
    }
    EXPECT_EQ(std::uncaught_exceptions(), 0);
  });
}

TEST(Migration, takesErrnoAlong) {
  Shaken().run([](int number) {
    for (int round = 0; round < 3; ++round) {
      writeErrno(number * 100 + round);
      move();
      EXPECT_EQ(readErrno(), number * 100 + round);
    }
    // As the C library sets it.
    EXPECT_EQ(std::strtol("99999999999999999999", nullptr, 10), LONG_MAX);
    move();
    EXPECT_EQ(readErrno(), ERANGE);
  });
}

// A host's thread-local variable, reached as the rule says: by a function that is not inlined.
struct Local {
  unsigned visits = 0;
};
[[gnu::noinline]] Local& local() {
  asm volatile("" ::: "memory");
  static thread_local Local here;
  return here;
}

TEST(Migration, leavesThreadLocalDataToItsOsThread) {
  // The OS thread that each one belongs to; they come and go, and others may take their place.
  static std::mutex mutex;
  static std::map<const Local*, pthread_t> owners;
  owners.clear();
  Shaken().run([](int) {
    const auto visit = [] {
      Local& here = local();
      ++here.visits;
      const std::lock_guard lock(mutex);
      const auto [entry, isNew] = owners.try_emplace(&here, pthread_self());
      if (here.visits == 1) entry->second = pthread_self();
      EXPECT_TRUE(pthread_equal(entry->second, pthread_self()));
    };
    for (int round = 0; round < 3; ++round) {
      visit();
      move();
      visit();
    }
  });
  EXPECT_GE(owners.size(), 1U);
}

// The C library's own: a buffer and the locale of each OS thread.
TEST(Migration, leavesTheBuffersOfTheCLibraryUsable) {
  Shaken().run([](int number) {
    for (int round = 0; round < 3; ++round) {
      const int unknown = 10'000 + number * 10 + round;
      EXPECT_EQ(std::string(strerror(unknown)), "Unknown error " + std::to_string(unknown));
      move();
      EXPECT_EQ(std::string(strerror(unknown)), "Unknown error " + std::to_string(unknown));
      EXPECT_STREQ(localeconv()->decimal_point, ".");
      EXPECT_TRUE(isdigit('0' + round));
    }
  });
}

}  // namespace
}  // namespace troop
