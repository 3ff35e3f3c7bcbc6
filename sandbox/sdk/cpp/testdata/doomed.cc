// A plugin that ends in the way that the call at hand asks for.
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "proto/markdown.guest.h"

namespace {

int staticNumber() {
  return 5;
}
const int constructedBeforeAll = staticNumber();

// Endless by intention.
unsigned recurse(unsigned depth) {
  volatile char frame[512] = {};
  frame[depth % sizeof frame] = 1;
  return frame[0] == 2 ? 0 : recurse(depth + 1) + static_cast<unsigned>(frame[1]);
}

std::size_t fill() {
  std::vector<std::string> all;
  for (;;) all.emplace_back(100'000, 'x');
}

// How much memory there is, by asking for it politely; all of it is given back.
std::size_t fillPolitely() {
  std::vector<char*> blocks;
  while (char* const block = new (std::nothrow) char[1 << 20]) blocks.push_back(block);
  for (char* const block : blocks) delete[] block;
  return blocks.size();
}

class Doomed final : public troop::documents::Renderer::Target {
  troop::Promise<RenderResults> render(RenderParams params) override {
    const std::string& way = params.markdown;
    if (way == "abort") std::abort();
    if (way == "exit") std::exit(3);
    if (way == "assert") assert(way.empty());
    if (way == "at") return RenderResults{std::to_string(std::vector<int>(3).at(way.size() + 3))};
    if (way == "optional") return RenderResults{std::optional<std::string>().value()};
    if (way == "error") return RenderResults{*troop::Expected<std::string>(troop::Error("lost"))};
    if (way == "recurse") return RenderResults{std::to_string(recurse(0))};
    if (way == "fill") return RenderResults{std::to_string(fill())};
    if (way == "politely") return RenderResults{fillPolitely() > 3 ? "some" : "none"};
    if (way == "print") {
      std::printf("printed %d\n", constructedBeforeAll);
      std::cout << "streamed" << std::endl;
      std::fprintf(stderr, "warned\n");
    }
    return RenderResults{"alive"};
  }
};

}  // namespace

TROOP_PLUGIN(Doomed)
