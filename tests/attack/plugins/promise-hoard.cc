// Attack: calls its victim ten thousand times, awaits no answer, and keeps all that was promised.
#include <string>
#include <vector>

#include "proto/markdown.guest.h"

namespace {

using troop::documents::Renderer;

constexpr int calls = 10'000;

class PromiseHoard final : public Renderer::Target {
 public:
  PromiseHoard() {
    int refused = 0;
    for (int i = 0; i < calls; ++i) {
      hoard_.push_back(victim_.render("# mine"));
      refused += hoard_.back().settled();
    }
    troop::log(std::to_string(refused) + " calls refused at once");
  }

  troop::Promise<RenderResults> render(RenderParams) override {
    const auto last = co_await hoard_.back().expected();
    co_return RenderResults{last.succeeded() ? "a result" : last.error().reason()};
  }

 private:
  Renderer victim_ = troop::granted<Renderer>("victim");
  std::vector<troop::Promise<Renderer::RenderResults>> hoard_;
};

}  // namespace

TROOP_PLUGIN(PromiseHoard)
