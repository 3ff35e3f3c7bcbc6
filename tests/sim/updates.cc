// Mistakes of those who change what others change.
#include <optional>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/shared-map.h"
#include "runtime/sim/interleaving.h"
#include "runtime/task.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

// Looks whether there is an entry, and puts one there where there was none.
namespace checkThenAct {

using Owners = SharedMap<int, int>;

bool claimBroken(const Owners& owners, int who) {
  if (owners.contains(7)) return false;
  sim::interleavingPoint();
  owners.put(7, who);
  return true;
}

bool claimClean(const Owners& owners, int who) {
  return owners.insert(7, who);
}

template <bool (*claim)(const Owners&, int)>
void program() {
  const Owners owners = Owners::make();
  const Atomic<int> claims = Atomic<int>::make(0);
  {
    Scope scope;
    for (int who = 0; who < 2; ++who) {
      scope.thread(
          [](Owners all, Atomic<int> count, int me) {
            if (claim(all, me)) count.add(1);
          },
          owners, claims, who);
    }
  }
  expect(claims.get() == 1, "one of two claims what both want");
}

}  // namespace checkThenAct

// A flag says that a value is there; who renews the value takes the flag back first, which does not
// help who has seen it already.
namespace resetFlag {

struct Cache {
  Atomic<bool> ready = Atomic<bool>::make(true);
  Atomic<int> value = Atomic<int>::make(1);
};

void renewBroken(Cache& cache) {
  cache.ready.set(false);
  cache.value.set(0);
  sim::interleavingPoint();
  cache.value.set(2);
  cache.ready.set(true);
}

void renewClean(Cache& cache) {
  sim::interleavingPoint();
  cache.value.set(2);
}

template <void (*renew)(Cache&)>
void program() {
  Cache cache;
  Scope scope;
  scope.task([&cache] {
    if (!cache.ready.get()) return;
    sim::interleavingPoint();
    expect(cache.value.get() != 0, "a value that is ready is there");
  });
  scope.task([&cache] { renew(cache); });
}

}  // namespace resetFlag

// Reads, lets others run, and writes what it has made of what it read.
namespace lostUpdate {

void addBroken(int& count) {
  const int seen = count;
  yield();
  count = seen + 1;
}

void addClean(int& count) {
  yield();
  ++count;
}

template <void (*add)(int&)>
void program() {
  int count = 0;
  {
    Scope scope;
    for (int i = 0; i < 2; ++i) scope.task([&count] { add(count); });
  }
  expect(count == 2, "two additions make two");
}

}  // namespace lostUpdate

// Asks whether a channel is open, and sends.
namespace closedChannel {

struct Line {
  std::optional<Receiver<int>> in;
};

void sendBroken(Line& line, Sender<int>& out) {
  if (!line.in) return;
  out.send(1).value();
}

void sendClean(Line&, Sender<int>& out) {
  if (out.send(1).failed()) return;
}

template <void (*send)(Line&, Sender<int>&)>
void program() {
  auto [sender, receiver] = channel<int>(2);
  Line line{std::move(receiver)};
  Scope scope;
  scope.task([&line, out = std::move(sender)]() mutable { send(line, out); });
  scope.task([&line] {
    sim::interleavingPoint();
    line.in.reset();
  });
}

}  // namespace closedChannel
}  // namespace

std::vector<Planted> plantedUpdates() {
  return {
      {.name = "check-then-act",
       .mistake = "looks for an entry and adds it in two steps",
       .broken = checkThenAct::program<checkThenAct::claimBroken>,
       .clean = checkThenAct::program<checkThenAct::claimClean>,
       .runsMax = {200, 200, 100}},
      {.name = "reset-flag",
       .mistake = "publishes by a flag, and takes it back from who has seen it",
       .broken = resetFlag::program<resetFlag::renewBroken>,
       .clean = resetFlag::program<resetFlag::renewClean>,
       .runsMax = {500, 500, 100}},
      {.name = "lost-update",
       .mistake = "writes what it has made of a value that is old by then",
       .broken = lostUpdate::program<lostUpdate::addBroken>,
       .clean = lostUpdate::program<lostUpdate::addClean>,
       .runsMax = {200, 200, 100}},
      {.name = "closed-channel",
       .mistake = "asks whether a channel is open, and sends as if it stayed so",
       .broken = closedChannel::program<closedChannel::sendBroken>,
       .clean = closedChannel::program<closedChannel::sendClean>,
       .runsMax = {200, 200, 100}},
  };
}

}  // namespace troop::tests
