// Whether the kernel of this machine is to have a ring for files (runtime/reactor/ring-reactor.h).
//
// With TROOP_NO_RING=1 in the environment it has none. Elsewhere tests fail that find none, for
// what is tested by the way of every kernel alone would say nothing of the other.
//
//   EXPECT_EQ(ioMechanism(process), tests::ringIsHere() ? "io_uring" : "epoll");
#pragma once

#include <cstdlib>
#include <string_view>

namespace troop::tests {

inline bool ringIsHere() {
  const char* none = std::getenv("TROOP_NO_RING");
  return none == nullptr || std::string_view(none) != "1";
}

}  // namespace troop::tests
