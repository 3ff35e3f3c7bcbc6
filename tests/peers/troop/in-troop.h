// Runs the body of a workload as the first Thread of a troop with default limits and accounting.
//
//   inTroop(oneCarrier, [] { Scope scope; ... });
#pragma once

#include <utility>

#include "runtime/process.h"
#include "runtime/sendable.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::peers {

inline constexpr unsigned oneCarrier = 1;
inline constexpr unsigned twoCarriers = 2;
inline constexpr unsigned everyCpu = 0;

// Throws what `body` failed with. As what starts a Thread, it has no captures.
template <typename F>
void inTroop(unsigned carriers, F body) {
  Process process{{.carriers = carriers}};
  Ref<Troop> troop = process.troop({.name = "measured"});
  troop->thread({"first"}, std::move(body))->join().value();
}

}  // namespace troop::peers
