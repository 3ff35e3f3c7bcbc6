// What a call costs by itself, through a Membrane, and when many are under way.
#include <deque>

#include "proxy/membrane.h"
#include "tests/peers/proxy/service.h"
#include "tests/peers/proxy/workloads.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

std::size_t calls() {
  return size("CALLS_N", 500'000);
}

void warmUp(const Service& service) {
  callInTurn(service, calls() / 10);
}

double nullCall() {
  const Service service = serviceInItsTroop();
  warmUp(service);
  return nanosecondsOfCalls(service, calls());
}

}  // namespace

void runCalls() {
  inTroop(oneCarrier, [] { report("pingpong", "roundtrip_1t", nullCall(), "ns"); });
  inTroop(twoCarriers, [] { report("pingpong", "roundtrip_2t", nullCall(), "ns"); });
}

// With and without it in turns, so that both have the same of what the machine does meanwhile.
void runMembrane() {
  inTroop(oneCarrier, [] {
    constexpr std::size_t rounds = 20;
    const Service direct = serviceInItsTroop();
    const Ref<proxy::Membrane> membrane = makeRef<proxy::Membrane>("measured");
    const Service through(membrane->wrap(direct.capability()));
    warmUp(direct);
    warmUp(through);
    double without = 0, with = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
      without += nanosecondsOfCalls(direct, calls() / rounds);
      with += nanosecondsOfCalls(through, calls() / rounds);
    }
    report("membrane", "hop", (with - without) / rounds, "ns");
    report("membrane", "hop_of_a_call", 100 * (with - without) / without, "%");
  });
}

void runInFlight() {
  inTroop(everyCpu, [] {
    constexpr std::size_t underWay = 64;
    const Service service = serviceInItsTroop();
    warmUp(service);
    std::deque<proxy::Promise<Service::NothingResults>> answers;
    const Stopwatch watch;
    for (std::size_t i = 0; i < calls(); ++i) {
      if (answers.size() == underWay) {
        answers.front().get().value();
        answers.pop_front();
      }
      answers.push_back(service.nothing());
    }
    for (const auto& answer : answers) answer.get().value();
    report("inflight", "inflight64", static_cast<double>(calls()) / watch.seconds(), "calls/s");
  });
}

}  // namespace troop::peers
