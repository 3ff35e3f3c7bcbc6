// Attack: writes in front of its blocks, behind them, and to those that it has freed, has the
// allocator work with what is left, and then writes to all of its memory and beyond.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "proto/markdown.guest.h"

namespace {

constexpr std::size_t pageBytes = std::size_t{64} << 10;

std::uintptr_t at(void* block) {
  return reinterpret_cast<std::uintptr_t>(block);
}

// As the compiler must not know what is going on.
void overwrite(std::uintptr_t begin, std::uintptr_t end) {
  for (std::uintptr_t byte = begin; byte < end; ++byte) {
    *reinterpret_cast<volatile unsigned char*>(byte) = static_cast<unsigned char>(byte * 31);
  }
}

class HeapSmasher final : public troop::documents::Renderer::Target {
 public:
  HeapSmasher() {
    std::vector<std::uintptr_t> blocks;
    blocks.reserve(1000);
    for (std::size_t i = 1; i <= 1000; ++i) {
      blocks.push_back(at(std::malloc(i)));
    }
    troop::log("smashes its heap");
    for (std::size_t i = 0; i < blocks.size(); i += 2) {
      std::free(reinterpret_cast<void*>(blocks[i]));
    }
    for (const std::uintptr_t block : blocks) overwrite(block - 8, block + 16);
    for (int i = 0; i < 1000; ++i) overwrite(at(std::malloc(100)), at(std::malloc(100)) + 100);
    overwrite(0, __builtin_wasm_memory_size(0) * pageBytes + 1);
  }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{}; }
};

}  // namespace

TROOP_PLUGIN(HeapSmasher)
