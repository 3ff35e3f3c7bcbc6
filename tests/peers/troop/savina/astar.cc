// Savina's A*: workers search a grid for a target, each from a node that it got, nearest first;
// what it did not come to it gives back. The target is walled in, so all of the grid is searched in
// whatever order.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr std::size_t nodesEachTurn = 1024;

// A cube of nodes; whoever claims a node first expands it.
class Grid {
 public:
  explicit Grid(unsigned side)
      : side_(side), claimed_(std::make_unique<std::atomic<bool>[]>(nodes())) {}

  std::size_t nodes() const { return std::size_t{side_} * side_ * side_; }
  unsigned target() const { return static_cast<unsigned>(nodes() - 1); }
  // The target and the wall around it are eight nodes.
  std::size_t reachable() const { return nodes() - 8; }

  // How far a node is from the target, in steps.
  unsigned distance(unsigned node) const {
    return 3 * (side_ - 1) - node % side_ - node / side_ % side_ - node / side_ / side_;
  }

  bool claim(unsigned node) {
    return !isWall(node) && !claimed_[node].exchange(true, std::memory_order_relaxed);
  }

  template <typename F>
  void forEachNeighbour(unsigned node, F visit) const {
    unsigned stride = 1;
    for (int dimension = 0; dimension < 3; ++dimension, stride *= side_) {
      const unsigned position = node / stride % side_;
      if (position > 0) visit(node - stride);
      if (position + 1 < side_) visit(node + stride);
    }
  }

 private:
  bool isWall(unsigned node) const {
    const unsigned inner = side_ - 2;
    return node != target() && node % side_ >= inner && node / side_ % side_ >= inner &&
           node / side_ / side_ >= inner;
  }

  const unsigned side_;
  const std::unique_ptr<std::atomic<bool>[]> claimed_;
};

struct Turn {
  std::size_t worker = 0;
  std::size_t expanded = 0;
  bool found = false;
  std::vector<unsigned> left;  // claimed, and not expanded
};

// A node and, above it, its distance, in one number: a heap does little but compare and move them.
using Candidate = std::uint64_t;

Candidate candidate(const Grid& grid, unsigned node) {
  return Candidate{grid.distance(node)} << 32U | node;
}

unsigned nodeOf(Candidate candidate) {
  return static_cast<unsigned>(candidate);
}

// What is left is given back in whatever order: so a heap, and not a std::priority_queue.
Turn search(Grid& grid, unsigned start) {
  std::vector<Candidate> open{candidate(grid, start)};
  Turn turn;
  while (!open.empty() && turn.expanded < nodesEachTurn) {
    std::pop_heap(open.begin(), open.end(), std::greater<>());
    const unsigned node = nodeOf(open.back());
    open.pop_back();
    ++turn.expanded;
    turn.found = turn.found || node == grid.target();
    grid.forEachNeighbour(node, [&](unsigned neighbour) {
      if (!grid.claim(neighbour)) return;
      open.push_back(candidate(grid, neighbour));
      std::push_heap(open.begin(), open.end(), std::greater<>());
    });
  }
  turn.left.reserve(open.size());
  for (const Candidate left : open) turn.left.push_back(nodeOf(left));
  return turn;
}

}  // namespace

}  // namespace troop::peers

template <>
struct troop::IsSendable<troop::peers::Turn> : std::true_type {};

namespace troop::peers {

namespace {

void searchAll(std::size_t self, Grid* grid, Receiver<unsigned> starts, Sender<Turn> turns) {
  while (std::optional<unsigned> start = starts.receive()) {
    Turn turn = search(*grid, *start);
    turn.worker = self;
    turns.send(std::move(turn)).value();
  }
}

// Hands out nodes to whoever is idle until nothing is left; how many were expanded.
std::size_t direct(Grid& grid, std::vector<Sender<unsigned>> workers, Receiver<Turn>& turns) {
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i < workers.size(); ++i) idle.push_back(i);
  std::vector<unsigned> open{0};
  grid.claim(0);
  std::size_t expanded = 0;
  for (;;) {
    while (!open.empty() && !idle.empty()) {
      workers[idle.back()].send(open.back()).value();
      open.pop_back();
      idle.pop_back();
    }
    if (idle.size() == workers.size()) return expanded;
    const Turn turn = turns.receive().value();
    require(!turn.found, "the target was found behind its wall");
    idle.push_back(turn.worker);
    expanded += turn.expanded;
    open.insert(open.end(), turn.left.begin(), turn.left.end());
  }
}

}  // namespace

void runAStar() {
  inTroop(everyCpu, [] {
    Grid grid(static_cast<unsigned>(size("ASTAR_SIDE", 100)));
    const std::size_t workers = size("ASTAR_WORKERS", 20);
    require(grid.nodes() > 64, "ASTAR_SIDE must be more than 4");
    Scope scope;
    auto [turn, turns] = channel<Turn>(workers);
    std::vector<Sender<unsigned>> starts;
    for (std::size_t i = 0; i < workers; ++i) {
      auto [start, receiver] = channel<unsigned>(1);
      starts.push_back(std::move(start));
      scope.thread(searchAll, i, assumeSendable(&grid), std::move(receiver), turn);
    }
    const Stopwatch watch;
    const std::size_t expanded = direct(grid, std::move(starts), turns);
    report("astar", "node", watch.nanoseconds() / static_cast<double>(expanded), "ns");
    require(expanded == grid.reachable(), "some nodes were not searched");
    scope.join();
  });
}

}  // namespace troop::peers
