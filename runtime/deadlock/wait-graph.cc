#include "runtime/deadlock/wait-graph.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace troop::deadlock {

std::size_t WaitGraph::add(Needs needs) {
  nodes_.push_back({.needs = needs, .to = {}});
  return nodes_.size() - 1;
}

void WaitGraph::connect(std::size_t from, std::size_t to) {
  nodes_[from].to.push_back(to);
}

std::vector<bool> WaitGraph::stuck() const {
  std::vector<Nodes> from(nodes_.size());
  std::vector<std::size_t> left(
      nodes_.size());  // of those that it leads to, as long as it is stuck
  std::vector<bool> stuck(nodes_.size(), true);
  Nodes goOn;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    left[i] = nodes_[i].to.size();
    for (const std::size_t to : nodes_[i].to) from[to].push_back(i);
    if (nodes_[i].isFree || nodes_[i].to.empty()) {
      stuck[i] = false;
      goOn.push_back(i);
    }
  }
  while (!goOn.empty()) {
    const std::size_t went = goOn.back();
    goOn.pop_back();
    for (const std::size_t i : from[went]) {
      if (!stuck[i]) continue;
      if (nodes_[i].needs == Needs::any && --left[i] > 0) continue;
      stuck[i] = false;
      goOn.push_back(i);
    }
  }
  return stuck;
}

// Tarjan's algorithm, without recursion.
std::vector<WaitGraph::Nodes> WaitGraph::knots(const std::vector<bool>& stuck) const {
  constexpr std::size_t unseen = 0;
  std::vector<std::size_t> number(nodes_.size(), unseen), lowest(nodes_.size());
  std::vector<bool> isOpen(nodes_.size(), false);
  std::vector<Nodes> found;
  Nodes open;                                            // whose knots are not complete
  std::vector<std::pair<std::size_t, std::size_t>> way;  // and the next that each leads to
  std::size_t numbers = 0;
  const auto enter = [&](std::size_t node) {
    number[node] = lowest[node] = ++numbers;
    isOpen[node] = true;
    open.push_back(node);
    way.emplace_back(node, 0);
  };
  const auto close = [&](std::size_t node) {
    Nodes knot;
    do {
      knot.push_back(open.back());
      isOpen[open.back()] = false;
      open.pop_back();
    } while (knot.back() != node);
    const bool leadsToItself = std::ranges::find(nodes_[node].to, node) != nodes_[node].to.end();
    if (knot.size() > 1 || leadsToItself) found.push_back(std::move(knot));
  };
  for (std::size_t start = 0; start < nodes_.size(); ++start) {
    if (!stuck[start] || number[start] != unseen) continue;
    enter(start);
    while (!way.empty()) {
      auto& [node, next] = way.back();
      if (next < nodes_[node].to.size()) {
        const std::size_t to = nodes_[node].to[next++];
        if (stuck[to] && number[to] == unseen) {
          enter(to);
        } else if (stuck[to] && isOpen[to]) {
          lowest[node] = std::min(lowest[node], number[to]);
        }
        continue;
      }
      const std::size_t done = node;
      way.pop_back();
      if (!way.empty()) {
        lowest[way.back().first] = std::min(lowest[way.back().first], lowest[done]);
      }
      if (lowest[done] == number[done]) close(done);
    }
  }
  return found;
}

WaitGraph::Nodes WaitGraph::circleOf(std::size_t node, const Nodes& knot) const {
  std::unordered_map<std::size_t, std::size_t> cameFrom;
  for (const std::size_t each : knot) cameFrom.emplace(each, nodes_.size());
  Nodes reached{node};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const std::size_t to : nodes_[reached[i]].to) {
      const auto at = cameFrom.find(to);
      if (at == cameFrom.end() || at->second != nodes_.size()) continue;
      at->second = reached[i];
      reached.push_back(to);
    }
  }
  Nodes circle;
  for (std::size_t at = cameFrom.at(node); at != node; at = cameFrom.at(at)) circle.push_back(at);
  circle.push_back(node);
  std::ranges::reverse(circle);
  return circle;
}

}  // namespace troop::deadlock
