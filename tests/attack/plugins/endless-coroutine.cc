// Attack: a coroutine that waits for what is there already, again and again, and so never comes to
// the point where it would give the CPU back.
#include "proto/markdown.guest.h"

namespace {

troop::Promise<int> atOnce() {
  co_return 1;
}

troop::Promise<> waitForNothing() {
  while (co_await atOnce() == 1) continue;
}

class EndlessCoroutine final : public troop::documents::Renderer::Target {
 public:
  EndlessCoroutine() { troop::detach(waitForNothing()); }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{}; }
};

}  // namespace

TROOP_PLUGIN(EndlessCoroutine)
