#include "tools/troop/manifest/grant-order.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/troop/manifest/troop-section.h"

namespace troop::manifest {
namespace {

// A walk over the grants, depth first: a troop is placed after all that it is granted.
class Walk {
 public:
  Walk(const std::vector<TroopEntry>& troops, Problems& problems)
      : troops_(troops), problems_(problems), state_(troops.size(), State::unseen) {}

  std::vector<std::size_t> order() {
    for (std::size_t i = 0; i < troops_.size(); ++i) {
      if (state_[i] == State::unseen) visit(i);
    }
    return order_;
  }

 private:
  enum class State { unseen, onPath, placed };

  // Depth is bounded by the number of troops, which readManifest() bounds.
  void visit(std::size_t index) {
    state_[index] = State::onPath;
    path_.push_back(index);
    for (const GrantEntry& grant : troops_[index].grants) {
      if (const auto* granted = std::get_if<TroopGrant>(&grant.permission)) follow(*granted);
    }
    path_.pop_back();
    state_[index] = State::placed;
    order_.push_back(index);
  }

  void follow(const TroopGrant& grant) {
    const auto found = std::find_if(
        troops_.begin(), troops_.end(),
        [&](const TroopEntry& candidate) { return candidate.name.value == grant.troop.value; });
    if (found == troops_.end()) {
      problems_.add(grant.troop.place, noSuchTroop(grant.troop.value, troops_));
      return;
    }
    if (!found->serves) {
      problems_.add(grant.troop.place,
                    fmt::format("troop '{}' serves nothing that could be granted; give it "
                                "'serves = \"FILE.capnp:INTERFACE\"'",
                                grant.troop.value));
    }
    const auto index = static_cast<std::size_t>(found - troops_.begin());
    if (state_[index] == State::onPath) {
      problems_.add(grant.troop.place, cycle(index));
    } else if (state_[index] == State::unseen) {
      visit(index);
    }
  }

  // The troops on the path from `first` on, which lead back to it.
  std::string cycle(std::size_t first) const {
    std::string way = fmt::format("'{}'", troops_[first].name.value);
    for (auto at = std::find(path_.begin(), path_.end(), first) + 1; at != path_.end(); ++at) {
      way += fmt::format(" is granted '{}', which", troops_[*at].name.value);
    }
    return fmt::format(
        "a circle of grants: {} is granted '{}'; a troop is started after those that "
        "it is granted, so one of these grants must go",
        way, troops_[first].name.value);
  }

  const std::vector<TroopEntry>& troops_;
  Problems& problems_;
  std::vector<State> state_;
  std::vector<std::size_t> path_;
  std::vector<std::size_t> order_;
};

}  // namespace

void orderByGrants(std::vector<TroopEntry>& troops, Problems& problems) {
  const std::vector<std::size_t> order = Walk(troops, problems).order();
  std::vector<TroopEntry> ordered;
  ordered.reserve(troops.size());
  for (const std::size_t index : order) ordered.push_back(std::move(troops[index]));
  troops = std::move(ordered);
}

}  // namespace troop::manifest
