// Boost.Context's switch alone, without a scheduler: the limit of what a runtime with stacks can
// reach on one OS thread.
#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <vector>

#include "measurement.h"
#include "stack-arena.h"

namespace {

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

constexpr const char* peer = "fcontext";
constexpr std::size_t smallStackBytes = 4096;

void yieldForEver(transfer_t from) {
  for (;;) from = jump_fcontext(from.fctx, nullptr);
}
void endAtOnce(transfer_t from) {
  jump_fcontext(from.fctx, nullptr);
}
void blockOnce(transfer_t from) {
  from = jump_fcontext(from.fctx, nullptr);  // blocked
  jump_fcontext(from.fctx, nullptr);         // done
}

void runSwitch() {
  const long n = size("SWITCH_N", 10'000'000);
  const StackArena stacks(1, 16384);
  fcontext_t context = make_fcontext(stacks.top(0), stacks.stackBytes(), yieldForEver);
  const auto start = Clock::now();
  for (long i = 0; i < n / 2; ++i) context = jump_fcontext(context, nullptr).fctx;  // and back
  report(peer, "switch", "yield", nanosecondsEach(start, n), "ns");
}

void runSpawnOnOneStack(long n) {
  const StackArena stack(1, smallStackBytes);
  const auto start = Clock::now();
  for (long i = 0; i < n; ++i) {
    jump_fcontext(make_fcontext(stack.top(0), stack.stackBytes(), endAtOnce), nullptr);
  }
  report(peer, "spawn", "spawn_join_reuse", nanosecondsEach(start, n), "ns");
}

void runSpawn() {
  const long n = size("SPAWN_N", 1'000'000);
  runSpawnOnOneStack(n);
  const StackArena stacks(n, smallStackBytes);
  std::vector<fcontext_t> contexts(n);
  const auto start = Clock::now();
  for (long i = 0; i < n; ++i) {
    contexts[i] = make_fcontext(stacks.top(i), stacks.stackBytes(), endAtOnce);
  }
  for (long i = 0; i < n; ++i) jump_fcontext(contexts[i], nullptr);
  report(peer, "spawn", "spawn_join", nanosecondsEach(start, n), "ns");
}

void runMillion() {
  const long n = size("MILLION_N", 1'000'000);
  Settling memory(peer);
  const auto starting = Clock::now();
  const StackArena stacks(n, smallStackBytes);
  std::vector<fcontext_t> contexts(n);
  for (long i = 0; i < n; ++i) {
    const fcontext_t fresh = make_fcontext(stacks.top(i), stacks.stackBytes(), blockOnce);
    contexts[i] = jump_fcontext(fresh, nullptr).fctx;
  }
  const double started = secondsSince(starting);
  memory.settle();
  const auto ending = Clock::now();
  for (long i = 0; i < n; ++i) jump_fcontext(contexts[i], nullptr);
  report(peer, "million", "seconds", started + secondsSince(ending), "s");
  memory.reportEach(n);
}

}  // namespace

int main(int, char** arguments) {
  const std::string workload = arguments[1];
  if (workload == "switch")
    runSwitch();
  else if (workload == "spawn")
    runSpawn();
  else if (workload == "million")
    runMillion();
  else
    return 2;
}
