// Attack: the constructor of a static object never ends, so that the plugin does not come to hear
// of its start.
#include "proto/markdown.guest.h"

namespace {

struct Endless {
  Endless() {
    for (volatile unsigned turns = 0;; turns = turns + 1) continue;
  }
};

class StaticLoop final : public troop::documents::Renderer::Target {
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{}; }
};

}  // namespace

TROOP_PLUGIN(StaticLoop)

// Last, as the compiler knows that nothing comes after it.
static const Endless endless;
