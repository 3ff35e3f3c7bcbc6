// Attack: takes all memory to the last bytes, politely, gives one block back to have just what a
// call needs, and goes on at its limit, so that everything that it asks for or answers hits that.
#include <cstddef>
#include <new>

#include "proto/markdown.guest.h"

namespace {

using troop::documents::Renderer;

constexpr std::size_t largest = 1 << 20;
constexpr std::size_t smallest = 16;
constexpr std::size_t spared = 32 << 10;

// What it keeps lies in a list that needs no memory of its own.
struct Block {
  Block* next;
};

class LastByte final : public Renderer::Target {
 public:
  LastByte() { troop::detach(attack()); }
  troop::Promise<RenderResults> render(RenderParams) override { return RenderResults{"alive"}; }

 private:
  void takeAll() {
    for (std::size_t bytes = largest; bytes >= smallest; bytes /= 2) {
      while (char* const block = new (std::nothrow) char[bytes]) kept_ = new (block) Block{kept_};
    }
  }

  troop::Promise<> attack() {
    char* const reserve = new char[spared];
    takeAll();
    delete[] reserve;
    troop::log("all memory taken");
    for (;;) {
      const auto reply = co_await victim_.render("# hi").expected();
      troop::log(reply.succeeded() ? "a call at the limit succeeded" : reply.error().reason());
    }
  }

  Block* kept_ = nullptr;
  Renderer victim_ = troop::granted<Renderer>("victim");
};

}  // namespace

TROOP_PLUGIN(LastByte)
