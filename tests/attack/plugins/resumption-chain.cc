// Attack: twenty thousand coroutines, each of which waits for the next one: first they go on all at
// once, when the last of them has its answer; then as many are destroyed where they wait, each by
// the one before it.
#include <string>
#include <utility>

#include "proto/markdown.guest.h"

namespace {

using troop::documents::Renderer;

constexpr int links = 20'000;

class ResumptionChain final : public Renderer::Target {
 public:
  ResumptionChain() { troop::detach(attack()); }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{"alive"}; }

 private:
  troop::Promise<int> last() {
    co_await victim_.render("# last");
    co_return 0;
  }
  static troop::Promise<int> link(troop::Promise<int> next) {
    co_return 1 + co_await std::move(next);
  }
  troop::Promise<int> chain() {
    troop::Promise<int> first = last();
    for (int i = 0; i < links; ++i) first = link(std::move(first));
    return first;
  }
  troop::Promise<> attack() {
    const int resumed = co_await chain();
    troop::log(std::to_string(resumed) + " coroutines went on");
    {
      const troop::Promise<int> destroyed = chain();
    }
    troop::log("and as many were destroyed");
  }

  Renderer victim_ = troop::granted<Renderer>("victim");
};

}  // namespace

TROOP_PLUGIN(ResumptionChain)
