// Attack: calls itself with large locals, so that the stack in its own memory is used up before the
// one of the machine.
#include <cstddef>
#include <string>

#include "proto/markdown.guest.h"

namespace {

// NOLINTNEXTLINE(misc-no-recursion): endless by intention
std::size_t descend(std::size_t depth) {
  if (depth == 0) return 0;
  volatile char locals[4096] = {};
  locals[depth % sizeof locals] = 1;
  if (depth % 10 == 0) troop::log(std::to_string(depth) + " levels down");
  return descend(depth + 1) + static_cast<std::size_t>(locals[depth % sizeof locals]);
}

class ShadowStack final : public troop::documents::Renderer::Target {
 public:
  ShadowStack() : depth_(descend(1)) {}
  troop::Promise<RenderResults> render(RenderParams) override {
    return RenderResults{std::to_string(depth_)};
  }

 private:
  std::size_t depth_;
};

}  // namespace

TROOP_PLUGIN(ShadowStack)
