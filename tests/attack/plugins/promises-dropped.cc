// Attack: calls its victim and destroys what was promised at once, as often as it is let, so that
// answers come to calls that nobody knows any more; and again, turn after turn.
#include <string>

#include "proto/markdown.guest.h"

namespace {

using troop::documents::Renderer;

constexpr int callsOfATurn = 1000;
constexpr int turns = 20;

class PromisesDropped final : public Renderer::Target {
 public:
  PromisesDropped() { troop::detach(storm()); }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{"alive"}; }

 private:
  troop::Promise<> storm() {
    int dropped = 0;
    int right = 0;
    for (int turn = 1;; ++turn) {
      const auto kept = victim_.render("# kept");
      for (int i = 0; i < callsOfATurn; ++i) dropped += !victim_.render("# gone").settled();
      const auto reply = co_await kept.expected();
      right += reply.succeeded() && reply->html == "<p># kept</p>";
      if (turn != turns) continue;
      troop::log(std::to_string(right) + " right answers beside " + std::to_string(dropped) +
                 " calls dropped");
    }
  }

  Renderer victim_ = troop::granted<Renderer>("victim");
};

}  // namespace

TROOP_PLUGIN(PromisesDropped)
