// Many producers, one consumer.
#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

void produce(Sender<std::size_t> sender, std::size_t messages) {
  for (std::size_t i = 0; i < messages; ++i) sender.send(i).value();
}

}  // namespace

void runMpsc() {
  inTroop(everyCpu, [] {
    const std::size_t producers = size("MPSC_PRODUCERS", 16);
    const std::size_t each = size("MPSC_N", 4'000'000) / producers;
    auto [sender, receiver] = channel<std::size_t>(1024);
    const Stopwatch watch;
    Scope scope;
    for (std::size_t i = 0; i < producers; ++i) scope.thread(produce, sender, each);
    const std::size_t messages = producers * each;
    for (std::size_t i = 0; i < messages; ++i) {
      require(receiver.receive().has_value(), "a message was lost");
    }
    report("mpsc", "bounded1024", static_cast<double>(messages) / watch.seconds(), "msg/s");
  });
  notOffered("mpsc", "unbounded", "channels without a bound");
}

}  // namespace troop::peers
