#include "runtime/local/local.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/event.h"
#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// Counts itself while it lives.
struct Node {
  explicit Node(int& left) : count(left) { ++count; }
  Node(const Node&) = delete;
  ~Node() { --count; }
  void trace(LocalTracer& tracer) const { tracer(edges); }

  int& count;
  std::vector<Local<Node>> edges;
};

Local<Node> ring(int& left, int length) {
  Local<Node> first = Local<Node>::make(left);
  Local<Node> last = first;
  for (int i = 1; i < length; ++i) {
    Local<Node> next = Local<Node>::make(left);
    last->edges.push_back(next);
    last = std::move(next);
  }
  last->edges.push_back(first);
  return first;
}

TROOP_TEST(Local, destroysAnObjectWithItsLastReference) {
  int left = 0;
  {
    Local<Node> node = Local<Node>::make(left);
    const Local<Node> other = node;
    EXPECT_TRUE(node == other);
    node = Local<Node>();
    EXPECT_FALSE(node);
    EXPECT_EQ(left, 1);
  }
  EXPECT_EQ(left, 0);
}

TROOP_TEST(Local, circlesAreFoundAndDestroyed) {
  int left = 0;
  {
    const Local<Node> node = ring(left, 3);
    EXPECT_EQ(collectCycles(), 0u);
    EXPECT_EQ(left, 3);
  }
  EXPECT_EQ(left, 3);
  EXPECT_EQ(collectCycles(), 3u);
  EXPECT_EQ(left, 0);
}

TROOP_TEST(Local, circlesEndWithTheirThread) {
  int left = 0;
  {
    Scope scope;
    scope.thread([](int* count) { ring(*count, 5); }, assumeSendable(&left));
  }
  EXPECT_EQ(left, 0);
}

TROOP_TEST(Local, isLetGoByAThreadThatOwnsWhatHoldsIt) {
  int left = 0;
  {
    Scope scope;
    scope.thread(
        [](int* count) {
          const auto holder = std::make_shared<Local<Node>>(ring(*count, 5));
          EXPECT_TRUE(Thread::current()->own(holder));
        },
        assumeSendable(&left));
  }
  EXPECT_EQ(left, 0);
}

TROOP_TEST(Local, circlesOfATroopThatIsKilledGoAndNothingIsPaidAnyMore) {
  int left = 0;
  Event made;
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  const Ref<Thread> thread = other->thread(
      {},
      [](int* count, Event* done) {
        const Local<Node> kept = ring(*count, 5);
        ring(*count, 5);
        done->set();
        sleep(24h);
      },
      assumeSendable(&left), assumeSendable(&made));
  made.wait();
  other->kill(Error(ErrorKind::disconnected, "enough"));
  (void)thread->join();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(other->memory()->used(), 0u);
}

TROOP_TEST(Local, whatIsReferredToFromOutsideACircleStays) {
  int left = 0;
  const Local<Node> outside = Local<Node>::make(left);
  Local<Node> inside;
  {
    const Local<Node> first = ring(left, 10);
    inside = first->edges[0]->edges[0];
    ring(left, 4)->edges.push_back(outside);
  }
  EXPECT_EQ(collectCycles(), 4u);
  EXPECT_EQ(left, 11);
  EXPECT_TRUE(outside.lives());
  inside = Local<Node>();
  EXPECT_EQ(collectCycles(), 10u);
  EXPECT_EQ(left, 1);
}

TROOP_TEST(Local, tellsThroughWhatHoldsIt) {
  struct Everything {
    void trace(LocalTracer& tracer) const { tracer(byName, maybe, 7, pairs, std::string("name")); }
    std::map<std::string, Local<Everything>> byName;
    std::optional<Local<Everything>> maybe;
    std::vector<std::pair<Local<Everything>, int>> pairs;
  };
  {
    const Local<Everything> object = Local<Everything>::make();
    object->byName["self"] = object;
    object->maybe = object;
    object->pairs.emplace_back(object, 1);
  }
  EXPECT_EQ(collectCycles(), 1u);
}

TROOP_TEST(Local, isPaidForByItsTroop) {
  const Ref<Troop> other =
      Process::current()->troop({.name = "other", .memoryBytesMax = std::size_t{1} << 20});
  other
      ->thread({},
               [] {
                 int left = 0;
                 std::vector<Local<Node>> all;
                 EXPECT_THROW(
                     {
                       for (;;) all.push_back(Local<Node>::make(left));
                     },
                     Error);
                 EXPECT_GT(left, 1000);
               })
      ->join()
      .value();
  EXPECT_EQ(other->memory()->used(), 0u);
}

TEST(Local, isOfThreadsOnly) {
  int left = 0;
  EXPECT_THROW(Local<Node>::make(left), Error);
  EXPECT_EQ(left, 0);
}

// Looks at the other one when it dies.
struct Pair {
  explicit Pair(std::vector<bool>& log) : othersLived(log) {}
  Pair(const Pair&) = delete;
  ~Pair() { othersLived.push_back(other.lives()); }
  void trace(LocalTracer& tracer) const { tracer(other); }

  std::vector<bool>& othersLived;
  Local<Pair> other;
};

TROOP_TEST(Local, allOfACircleIsDeadBeforeAnythingOfItIsDestroyed) {
  std::vector<bool> othersLived;
  {
    const Local<Pair> a = Local<Pair>::make(othersLived);
    a->other = Local<Pair>::make(othersLived);
    a->other->other = a;
  }
  EXPECT_EQ(collectCycles(), 2u);
  EXPECT_EQ(othersLived, std::vector<bool>(2, false));
}

struct Resurrecting {
  Resurrecting() = default;
  Resurrecting(const Resurrecting&) = delete;
  ~Resurrecting() { const Local<Resurrecting> copy = self; }
  void trace(LocalTracer& tracer) const { tracer(self); }
  Local<Resurrecting> self;
};

TEST(LocalDeathTest, nothingIsResurrected) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run([] {
                 {
                   const Local<Resurrecting> object = Local<Resurrecting>::make();
                   object->self = object;
                 }
                 collectCycles();
               }),
               "what is being destroyed is not resurrected");
}

struct Twice {
  void trace(LocalTracer& tracer) const { tracer(self, self); }
  Local<Twice> self;
};

TEST(LocalDeathTest, aLocalIsToldOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run([] {
                 {
                   const Local<Twice> object = Local<Twice>::make();
                   object->self = object;
                 }
                 collectCycles();
               }),
               "tells each Local that its object has, once");
}

}  // namespace
}  // namespace troop
