// The shortest way in: a Process with defaults for the time of one function.
//
//   int main() { return troop::run([] { Scope scope; ...; return 0; }); }
#pragma once

#include <utility>

#include "runtime/process.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename F>
auto run(F function) {
  Process process;
  return process.run(std::move(function));
}

}  // namespace troop
