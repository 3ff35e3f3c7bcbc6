// Attack: a coroutine that fails, and is started again by the destructor of what it leaves behind.
#include "proto/markdown.guest.h"

namespace {

troop::Promise<> phoenix();

struct Ashes {
  ~Ashes() { troop::detach(phoenix()); }
};

troop::Promise<> phoenix() {
  const Ashes ashes;
  co_await troop::Promise<int>(troop::Error("burnt"));
}

class EndlessRebirth final : public troop::documents::Renderer::Target {
 public:
  EndlessRebirth() { troop::detach(phoenix()); }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{}; }
};

}  // namespace

TROOP_PLUGIN(EndlessRebirth)
