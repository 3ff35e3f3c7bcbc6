// A wait some frames deep, whose frames have to be as they were when it goes on.
//
//   auto wait = [&] { event.wait(); };
//   EXPECT_EQ(tests::waitDeep(3, wait), 4);       // frames
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace troop::tests {

// Each frame has a value that knows its own address.
template <typename Wait>
[[gnu::noinline]] int waitDeep(int depth, Wait& wait) {
  struct Node {
    const Node* self = this;
    std::array<int, 16> values{};
  };
  Node node;
  node.values.fill(depth);
  const std::string text(3, static_cast<char>('a' + depth % 20));
  const int below = depth > 0 ? waitDeep(depth - 1, wait) : (wait(), 0);
  EXPECT_EQ(node.self, &node);
  for (const int value : node.values) EXPECT_EQ(value, depth);
  EXPECT_EQ(text, std::string(3, static_cast<char>('a' + depth % 20)));
  return below + 1;
}

}  // namespace troop::tests
