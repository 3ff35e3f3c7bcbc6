// Savina's chameneos: creatures meet in pairs at a mall, and each takes a colour that depends on
// the other's.
#include <optional>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr int colours = 3;

struct Visit {
  std::size_t creature;
  int colour;
};

// The colour that neither has, or the one that both have.
int complement(int mine, int other) {
  return mine == other ? mine : colours - mine - other;
}

// Answers with the colour of who was met, or closes the channel of answers.
void live(std::size_t self, Sender<Visit> mall, Receiver<int> answers, Sender<std::size_t> end) {
  int colour = static_cast<int>(self) % colours;
  std::size_t meetings = 0;
  for (;;) {
    mall.send({self, colour}).value();
    const std::optional<int> other = answers.receive();
    if (!other) break;
    colour = complement(colour, *other);
    ++meetings;
  }
  end.send(meetings).value();
}

void host(std::size_t meetings, Receiver<Visit>& mall, std::vector<Sender<int>> creatures) {
  for (std::size_t i = 0; i < meetings; ++i) {
    const Visit first = mall.receive().value();
    const Visit second = mall.receive().value();
    creatures[first.creature].send(second.colour).value();
    creatures[second.creature].send(first.colour).value();
  }
}

}  // namespace

}  // namespace troop::peers

template <>
struct troop::IsSendable<troop::peers::Visit> : std::true_type {};

namespace troop::peers {

void runChameneos() {
  inTroop(everyCpu, [] {
    const std::size_t creatures = size("CHAMENEOS_CREATURES", 100);
    const std::size_t meetings = size("CHAMENEOS_MEETINGS", 200'000);
    auto [mall, visits] = channel<Visit>(creatures);
    auto [end, ended] = channel<std::size_t>(creatures);
    std::vector<Sender<int>> answers;
    const Stopwatch watch;
    Scope scope;
    for (std::size_t i = 0; i < creatures; ++i) {
      auto [answer, receiver] = channel<int>(1);
      answers.push_back(std::move(answer));
      scope.thread(live, i, mall, std::move(receiver), end);
    }
    host(meetings, visits, std::move(answers));
    std::size_t met = 0;
    for (std::size_t i = 0; i < creatures; ++i) met += ended.receive().value();
    report("chameneos", "meeting", watch.nanoseconds() / static_cast<double>(meetings), "ns");
    require(met == 2 * meetings, "creatures counted another number of meetings");
  });
}

}  // namespace troop::peers
