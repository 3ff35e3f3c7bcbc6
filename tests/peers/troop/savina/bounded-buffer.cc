// Savina's bounded buffer: as many producers as consumers, each of whom works on every item, and
// few places between them.
#include <cstdint>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/savina/mix.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr std::size_t places = 50;
constexpr int roundsEachItem = 2500;

std::uint64_t process(std::uint64_t item) {
  for (int i = 0; i < roundsEachItem; ++i) item = mix(item);
  return item;
}

void produce(std::size_t items, std::uint64_t seed, Sender<std::uint64_t> buffer) {
  for (std::size_t i = 0; i < items; ++i) {
    seed = process(seed);
    buffer.send(seed).value();
  }
}

void consume(Receiver<std::uint64_t> buffer, Sender<std::uint64_t> result) {
  std::uint64_t sum = 0;
  while (std::optional<std::uint64_t> item = buffer.receive()) sum += process(*item);
  result.send(sum).value();
}

std::uint64_t expectedSum(std::size_t producers, std::size_t items) {
  std::uint64_t sum = 0;
  for (std::uint64_t seed = 0; seed < producers; ++seed) {
    std::uint64_t item = seed;
    for (std::size_t i = 0; i < items; ++i) {
      item = process(item);
      sum += process(item);
    }
  }
  return sum;
}

}  // namespace

void runBoundedBuffer() {
  inTroop(everyCpu, [] {
    const std::size_t pairs = size("BUFFER_PAIRS", 40);
    const std::size_t items = size("BUFFER_ITEMS", 1000);
    auto [buffer, received] = channel<std::uint64_t>(places);
    auto [result, results] = channel<std::uint64_t>(pairs);
    std::uint64_t sum = 0;
    const Stopwatch watch;
    Scope scope;
    for (std::size_t i = 0; i < pairs; ++i) {
      scope.thread(consume, received, result);
      scope.thread(produce, items, std::uint64_t{i}, buffer);
    }
    {
      const Sender<std::uint64_t> last = std::move(buffer);
    }
    for (std::size_t i = 0; i < pairs; ++i) sum += results.receive().value();
    report("bounded_buffer", "item", watch.nanoseconds() / static_cast<double>(pairs * items),
           "ns");
    require(sum == expectedSum(pairs, items), "items were lost or made");
  });
}

}  // namespace troop::peers
