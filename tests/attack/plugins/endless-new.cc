// Attack: takes memory by operator new, which cannot fail, and keeps all of it.
#include <array>
#include <memory>
#include <vector>

#include "proto/markdown.guest.h"

namespace {

class EndlessNew final : public troop::documents::Renderer::Target {
 public:
  EndlessNew() {
    for (;;) kept_.push_back(std::make_unique<std::array<char, 1000>>());
  }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{}; }

 private:
  std::vector<std::unique_ptr<std::array<char, 1000>>> kept_;
};

}  // namespace

TROOP_PLUGIN(EndlessNew)
