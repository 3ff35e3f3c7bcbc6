// Bytes in a call and in its answer. An echo copies them four times: into the message and out of
// it, both ways.
#include <cstddef>
#include <cstring>
#include <vector>

#include "tests/peers/proxy/service.h"
#include "tests/peers/proxy/workloads.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;

double echoSeconds(const Service& service, std::size_t bytes, std::size_t times) {
  const std::vector<std::byte> sent(bytes, std::byte{1});
  const auto once = [&] {
    require(service.echo(sent).get().value().bytes.size() == bytes, "an echo lost bytes");
  };
  once();
  const Stopwatch watch;
  for (std::size_t i = 0; i < times; ++i) once();
  return watch.seconds() / static_cast<double>(times);
}

// The limit: the same bytes copied as often, into memory that was written before.
double copySeconds(std::size_t bytes, std::size_t times) {
  constexpr std::size_t copies = 4;
  std::vector<std::vector<std::byte>> rooms(copies + 1, std::vector<std::byte>(bytes));
  const Stopwatch watch;
  for (std::size_t i = 0; i < times; ++i) {
    for (std::size_t copy = 0; copy < copies; ++copy) {
      std::memcpy(rooms[copy + 1].data(), rooms[copy].data(), bytes);
      // Or none of it would be done.
      asm volatile("" : : "r"(rooms[copy + 1].data()) : "memory");
    }
  }
  return watch.seconds() / static_cast<double>(times);
}

}  // namespace

void runMessages() {
  inTroop(oneCarrier, [] {
    const Service service = serviceInItsTroop();
    const std::size_t large = size("MESSAGES_LARGE_N", 2'000);
    report("message", "echo_1k", 1e9 * echoSeconds(service, 1000, size("MESSAGES_N", 200'000)),
           "ns");
    report("message", "echo_1m", 1e6 * echoSeconds(service, megabyte, large), "us");
    report("message", "copies_1m", 1e6 * copySeconds(megabyte, large), "us");
  });
}

}  // namespace troop::peers
