// A tree of fan-out ten: each leaf sends its number, each node the sum of its children. Where those
// that wait longest go first, all of the tree is alive at once, more Threads than a troop may have
// by default: this limit alone is higher.
#include <cstdint>

#include "runtime/channel.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr std::uint64_t fanOut = 10;

void node(Sender<std::uint64_t> parent, std::uint64_t number, std::uint64_t leaves) {
  if (leaves == 1) {
    parent.send(number).value();
    return;
  }
  Scope scope;
  auto [sender, receiver] = channel<std::uint64_t>(fanOut);
  const std::uint64_t each = leaves / fanOut;
  for (std::uint64_t i = 0; i < fanOut; ++i) {
    scope.thread(node, sender, number + i * each, each);
  }
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < fanOut; ++i) sum += receiver.receive().value();
  parent.send(sum).value();
}

void grow() {
  const std::uint64_t leaves = size("SKYNET_N", 1'000'000);
  auto [sender, receiver] = channel<std::uint64_t>(1);
  const Stopwatch watch;
  Scope scope;
  scope.thread(node, std::move(sender), std::uint64_t{0}, leaves);
  const std::optional<std::uint64_t> sum = receiver.receive();
  if (!sum) scope.join();  // throws what went wrong
  report("skynet", "total", watch.seconds(), "s");
  require(sum == leaves * (leaves - 1) / 2, "the sum is wrong");
}

}  // namespace

void runSkynet() {
  TroopOptions options{.name = "measured"};
  options.threadsMax *= 2;
  Process process;
  process.troop(std::move(options))->thread({"first"}, grow)->join().value();
}

}  // namespace troop::peers
