#include "runtime/local/local-heap.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "runtime/local/local.h"
#include "runtime/run.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

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

TROOP_TEST(LocalHeap, circlesAreDestroyedOnceASliceEndsInWhichEnoughCameTogether) {
  int left = 0;
  bool inATask = false;
  struct Watching {
    Watching(int& left, const bool& inATask) : node(left), inATask(inATask) {}
    ~Watching() { EXPECT_FALSE(inATask); }
    void trace(LocalTracer& tracer) const { tracer(self, node); }
    Node node;
    const bool& inATask;
    Local<Watching> self;
  };
  for (int i = 0; i < 3000; ++i) {
    inATask = true;
    const Local<Watching> object = Local<Watching>::make(left, inATask);
    object->self = object;
    EXPECT_LE(left, 1500);
    inATask = false;
    if (i % 100 == 0) yield();
  }
  EXPECT_GT(left, 0);
  LocalHeap::ofCaller().collect();
  EXPECT_EQ(left, 0);
}

// Random graphs whose edges and roots come and go; what is left is what the roots reach.
TEST(LocalHeap, whatIsLeftIsWhatIsReached) {
  sim::sweep([](std::uint64_t seed) {
    run([seed] {
      std::mt19937_64 random(seed);
      int left = 0;
      std::vector<Local<Node>> roots(5);
      for (int step = 0; step < 400; ++step) {
        const Local<Node> made = Local<Node>::make(left);
        for (Local<Node>& root : roots) {
          if (!root || random() % 3 != 0) continue;
          Local<Node>& from = random() % 2 == 0 ? root : made->edges.emplace_back(root);
          from->edges.push_back(random() % 4 == 0 ? root : made);
          if (from->edges.size() > 3) from->edges.erase(from->edges.begin());
        }
        roots[random() % roots.size()] = random() % 5 == 0 ? Local<Node>() : made;
        if (step % 50 != 49) continue;
        LocalHeap::ofCaller().collect();
        std::set<const Node*> reached;
        std::vector<const Node*> toLookAt;
        const auto reach = [&](const Local<Node>& node) {
          if (node && reached.insert(&*node).second) toLookAt.push_back(&*node);
        };
        reach(made);
        for (const Local<Node>& root : roots) reach(root);
        while (!toLookAt.empty()) {
          const Node* const next = toLookAt.back();
          toLookAt.pop_back();
          for (const Local<Node>& edge : next->edges) reach(edge);
        }
        ASSERT_EQ(static_cast<std::size_t>(left), reached.size());
      }
      roots.clear();
      LocalHeap::ofCaller().collect();
      EXPECT_EQ(left, 0);
    });
  });
}

TROOP_TEST(LocalHeap, chainsAndCirclesOfAnyLengthNeedNoStack) {
  constexpr int length = 3000;
  int left = 0;
  ring(left, length);
  {
    Local<Node> chain = ring(left, length);
    chain->edges.clear();
    EXPECT_EQ(left, length + 1);
  }
  EXPECT_EQ(left, length);
  EXPECT_EQ(LocalHeap::ofCaller().collect(), static_cast<std::size_t>(length));
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace troop
