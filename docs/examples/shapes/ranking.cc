// Finds the largest of some shapes. It cannot measure; it asks the plugin that it was granted as
// `geometer`.
#include <algorithm>

#include "docs/examples/shapes/shapes.guest.h"

namespace {

class Ranking final : public examples::Ranking::Target {
  troop::Promise<LargestResults> largest(LargestParams params) override {
    const auto measured = co_await geometer_.measure(params.shapes);
    const auto& areas = measured.areas;
    if (areas.empty()) co_return troop::Error(troop::ErrorKind::failed, "there are no shapes");
    const auto best = std::max_element(areas.begin(), areas.end());
    troop::log("measured " + std::to_string(areas.size()) + " shapes");
    co_return LargestResults{.name = params.shapes[best - areas.begin()].name, .area = *best};
  }

  examples::Geometer geometer_ = troop::granted<examples::Geometer>("geometer");
};

}  // namespace

TROOP_PLUGIN(Ranking)
