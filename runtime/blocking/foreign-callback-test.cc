#include "runtime/blocking/foreign-callback.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <latch>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

int order(const void* a, const void* b) {
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

std::vector<int> shuffled(int count) {
  std::vector<int> items;
  for (int i = 0; i < count; ++i) items.push_back(i * 7919 % count);
  return items;
}

// What the comparator gets from who sorts.
struct Sorting {
  pid_t osThread;
  Receiver<int> news;
  int compared = 0;
};

// Waits in one way or another, and comes back on the OS thread on which foreign code stands.
int compareAndWait(const void* a, const void* b, void* context) {
  Sorting& sorting = *static_cast<Sorting*>(context);
  switch (++sorting.compared % 4) {
    case 0:
      yield();
      break;
    case 1:
      sleep(1us);
      break;
    case 2:
      EXPECT_EQ(sorting.news.receive(), 1);
      break;
    default:
      break;
  }
  EXPECT_EQ(::gettid(), sorting.osThread);
  return order(a, b);
}

void sortWaiting() {
  constexpr int count = 40;
  auto [sender, receiver] = channel<int>(2);
  Scope scope;
  scope.thread(
      [](Sender<int> news) {
        while (news.send(1)) {
        }
      },
      std::move(sender));
  std::vector<int> items = shuffled(count);
  Sorting sorting{.osThread = ::gettid(), .news = std::move(receiver)};
  ::qsort_r(items.data(), items.size(), sizeof(int),
            foreignCallback([](const void* a, const void* b, void* context) {
              return compareAndWait(a, b, context);
            }),
            &sorting);
  EXPECT_TRUE(std::ranges::is_sorted(items));
  EXPECT_GT(sorting.compared, count);
}

TROOP_TEST(ForeignCallback, ofQsortMayWait) {
  Scope scope;
  for (int i = 0; i < 3; ++i) {
    scope.thread([] { sortWaiting(); });
    scope.thread([] {
      for (int round = 0; round < 50; ++round) yield();
    });
  }
}

TEST(ForeignCallback, ofQsortMayWaitWhileOthersMigrate) {
  Process process({.carriers = 4});
  process.run([] {
    std::atomic<int> sorting{8};
    Scope scope;
    for (int i = 0; i < 8; ++i) {
      scope.thread(
          [](std::atomic<int>* left) {
            sortWaiting();
            --*left;
          },
          assumeSendable(&sorting));
      scope.thread(
          [](const std::atomic<int>* left) {
            while (*left > 0) yield();
          },
          assumeSendable(&sorting));
    }
  });
}

// While one of them waits in its comparator, others look for their own calls on the same OS thread.
void sortWhereStacksDoNotStay(Parked parked) {
  Process process({.carriers = 1, .compactAfter = 1us});
  process.run(assumeSendable([parked] {
    std::vector<Ref<Thread>> sorters;
    for (int i = 0; i < 20; ++i) {
      sorters.push_back(Troop::current()->thread({.name = "sorts", .parked = parked}, [] {
        for (int round = 0; round < 20; ++round) {
          std::vector<int> items = shuffled(10 + round);
          callForeign([&] {
            std::qsort(items.data(), items.size(), sizeof(int),
                       foreignCallback([](const void* a, const void* b) {
                         (void)sleepNoThrow(1us);
                         return order(a, b);
                       }));
          });
          EXPECT_TRUE(std::ranges::is_sorted(items));
        }
      }));
    }
    for (const Ref<Thread>& sorter : sorters) sorter->join().value();
  }));
}

TEST(ForeignCallback, ofThreadsThatShareTheirStack) {
  sortWhereStacksDoNotStay(Parked::sharesStack);
}

TEST(ForeignCallback, ofThreadsThatAreCompacted) {
  sortWhereStacksDoNotStay(Parked::compacted);
}

// The only carrier is blocked by another one then, so that a spare goes on with it.
TEST(ForeignCallback, letsItsThreadMigrateWhenItHasReturned) {
  Process process({.carriers = 1, .stuckAfter = 1h});
  process.run([] {
    Event returned, blocks;
    std::latch released(1);
    Scope scope;
    scope.thread(
        [](Event* done, Event* next, std::latch* other) {
          std::array<int, 2> items{2, 1};
          ::qsort(items.data(), items.size(), sizeof(int),
                  foreignCallback([](const void* a, const void* b) {
                    sleep(1us);
                    return order(a, b);
                  }));
          const pid_t before = ::gettid();
          done->set();
          next->wait();
          EXPECT_NE(::gettid(), before);
          other->count_down();
        },
        assumeSendable(&returned), assumeSendable(&blocks), assumeSendable(&released));
    scope.thread(
        [](Event* before, Event* next, std::latch* self) {
          before->wait();
          next->set();
          self->wait();
        },
        assumeSendable(&returned), assumeSendable(&blocks), assumeSendable(&released));
  });
}

TROOP_TEST(ForeignCallback, isCalledByAnOsThreadAsWell) {
  std::vector<int> items = shuffled(20);
  ::qsort(items.data(), items.size(), sizeof(int),
          foreignCallback([](const void* a, const void* b) {
            yield();
            return order(a, b);
          }));
  EXPECT_TRUE(std::ranges::is_sorted(items));
}

TROOP_TEST(ForeignCallback, failsThroughItsCaller) {
  std::vector<int> items = shuffled(20);
  static thread_local int calledAfter;  // read and written where nothing waits
  calledAfter = 0;
  const auto sort = [&] {
    callForeign([&] {
      ::qsort(items.data(), items.size(), sizeof(int),
              foreignCallback([](const void*, const void*) -> int {
                ++calledAfter;
                throw std::out_of_range("nothing to compare");
              }));
    });
  };
  EXPECT_THROW(sort(), std::out_of_range);
  EXPECT_EQ(calledAfter, 1);
}

TROOP_TEST(ForeignCallback, failsInItsOwnTaskOnly) {
  const auto sorts = [](bool fails) {
    std::array<int, 2> items{2, 1};
    const auto sort = [&] {
      return callForeign([&] {
        ::qsort_r(items.data(), items.size(), sizeof(int),
                  foreignCallback([](const void* a, const void* b, void* context) {
                    for (int round = 0; round < 3; ++round) yield();
                    if (*static_cast<bool*>(context)) throw std::out_of_range("fails");
                    return order(a, b);
                  }),
                  &fails);
        return items[0];
      });
    };
    if (fails) {
      EXPECT_THROW(sort(), std::out_of_range);
    } else {
      EXPECT_EQ(sort(), 1);
    }
  };
  Scope scope;
  for (int i = 0; i < 4; ++i) {
    scope.task([&sorts, i] { sorts(i % 2 == 0); });
    scope.thread(sorts, i % 2 == 0);
  }
}

TROOP_TEST(ForeignCallback, isToldByResultsThatItWasCancelled) {
  Event begun;
  WaitResult slept = WaitResult::signalled;
  const auto body = [&] {
    struct Context {
      Event& begun;
      WaitResult& slept;
    } context{begun, slept};
    std::array<int, 2> items{2, 1};
    ::qsort_r(items.data(), items.size(), sizeof(int),
              foreignCallback([](const void* a, const void* b, void* passed) {
                auto& to = *static_cast<Context*>(passed);
                to.begun.set();
                to.slept = sleepNoThrow(1h);
                yield();  // throws nothing either
                return order(a, b);
              }),
              &context);
    EXPECT_EQ(items[0], 1);
    EXPECT_THROW(yield(), Cancelled);
    throwIfCancelled();
  };
  Scope scope;
  scope.task(body);
  begun.wait();
  scope.cancel();
  EXPECT_TRUE(scope.joinNoThrow());
  EXPECT_EQ(slept, WaitResult::cancelled);
}

TEST(ForeignCallbackDeathTest, endsTheProgramWhereNobodyIsToldOfAFailure) {
  std::array<int, 2> items{2, 1};
  EXPECT_DEATH(::qsort(items.data(), items.size(), sizeof(int),
                       foreignCallback([](const void*, const void*) -> int {
                         throw std::out_of_range("nobody catches this");
                       })),
               "");
}

}  // namespace
}  // namespace troop
