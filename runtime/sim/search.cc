#include "runtime/sim/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "runtime/error.h"
#include "runtime/sim/exploration.h"
#include "runtime/sim/simulation.h"

namespace troop::sim {
namespace {

class Searching {
 public:
  Searching(const Search& search, const std::function<void()>& program)
      : search_(search), program_(program) {}

  Searched all() {
    if (const std::optional<Replay> replay = replayAskedFor()) {
      runOnce(replay->seed, replay->strategy);
    } else if (search_.by == Strategy::Kind::deviations) {
      explore();
    } else {
      draw();
    }
    return std::move(searched_);
  }

 private:
  bool over() const { return searched_.failure || searched_.runs >= search_.runsMax; }

  void draw() {
    std::uint64_t steps = 0;
    for (std::uint64_t seed = search_.seed; !over(); ++seed) {
      Strategy strategy;
      if (search_.by == Strategy::Kind::pct) {
        strategy = steps == 0 ? Strategy::deviations({}) : Strategy::pct(search_.depth, steps);
      }
      steps = std::max({steps, runOnce(seed, strategy), std::uint64_t{1}});
    }
  }

  void explore() {
    Exploration exploration(search_.deviationsMax);
    while (!over()) {
      const std::optional<Deviations> list = exploration.next();
      if (!list) {
        searched_.exhausted = true;
        return;
      }
      const auto choices = std::make_shared<DeviatingChoices>(*list);
      const Strategy strategy = Strategy::deviations(*list);
      count(0, strategy, [&] {
        return runChoosing({.choices = choices,
                            .source = textOf(strategy),
                            .network = search_.network,
                            .disk = search_.disk},
                           search_.process, program_);
      });
      exploration.ran(*list, choices->options());
    }
  }

  // How many choices it had; 0 where it failed.
  std::uint64_t runOnce(std::uint64_t seed, const Strategy& strategy) {
    return count(seed, strategy, [&] {
      return run({.seed = seed,
                  .strategy = strategy,
                  .network = search_.network,
                  .disk = search_.disk,
                  .process = search_.process},
                 program_);
    });
  }

  template <typename F>
  std::uint64_t count(std::uint64_t seed, const Strategy& strategy, F run) {
    ++searched_.runs;
    try {
      return run().choices;
    } catch (...) {
      searched_.failure = Failure{seed, strategy, std::current_exception()};
      return 0;
    }
  }

  const Search& search_;
  const std::function<void()>& program_;
  Searched searched_;
};

}  // namespace

std::string Failure::reason() const {
  return errorOf(thrown).reason();
}

Searched search(const Search& search, const std::function<void()>& program) {
  return Searching(search, program).all();
}

}  // namespace troop::sim
