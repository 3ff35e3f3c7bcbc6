// Who can never go on, given who waits for whom.
//
// One waits for any of several: somebody that is inside of something, or all Tasks of a Thread, of
// which one that never goes on is enough to be stuck. Or for all of several: whoever may send a
// value, all of whom have to be stuck, as one of them would be enough to go on. So those that are
// stuck are the largest set each of whose members is stuck by others in it.
//
// Among these are those that wait for each other, in circles and knots, and those that wait for
// these: every knot is one in which each leads to each.
//
// Ownership: a value. Threads: one at a time.
//
//   const std::size_t me = graph.add(WaitGraph::Needs::any);
//   graph.connect(me, holder);
//   for (const WaitGraph::Nodes& knot : graph.knots(graph.stuck())) ...
#pragma once

#include <cstddef>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {
namespace deadlock {

class WaitGraph {
 public:
  using Nodes = std::vector<std::size_t>;

  // Stuck if any that it leads to is, or if all are; never, where it leads nowhere.
  enum class Needs : unsigned char { any, all };

  std::size_t add(Needs needs);
  std::size_t size() const noexcept { return nodes_.size(); }
  void connect(std::size_t from, std::size_t to);
  // It may go on, whatever it leads to.
  void setFree(std::size_t node) { nodes_[node].isFree = true; }

  std::vector<bool> stuck() const;
  // Of those that are `stuck`, each in one at most.
  std::vector<Nodes> knots(const std::vector<bool>& stuck) const;
  // The shortest way from `node` to itself through its knot, `node` first.
  Nodes circleOf(std::size_t node, const Nodes& knot) const;
  bool needsAll(std::size_t node) const { return nodes_[node].needs == Needs::all; }

 private:
  struct Node {
    Needs needs = Needs::any;
    bool isFree = false;
    Nodes to;
  };

  std::vector<Node> nodes_;
};

}  // namespace deadlock
}  // namespace troop
