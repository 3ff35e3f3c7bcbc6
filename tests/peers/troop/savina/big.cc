// Savina's big: each worker pings random others, one at a time, and answers those who ping it.
#include <cstdint>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/savina/mix.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

enum class Kind : unsigned char { ping, pong, end };
using Message = std::pair<Kind, std::size_t>;  // what, and from whom
using Mailboxes = std::vector<Sender<Message>>;

void work(std::size_t self, std::size_t pings, Receiver<Message> mailbox, Mailboxes workers,
          Sender<bool> done) {
  std::uint64_t random = self;
  const auto pingSomebody = [&] {
    random = mix(random);
    const std::size_t other = (self + 1 + random % (workers.size() - 1)) % workers.size();
    workers[other].send({Kind::ping, self}).value();
  };
  pingSomebody();
  for (std::size_t answered = 0;;) {
    const auto [kind, from] = mailbox.receive().value();
    if (kind == Kind::end) return;
    if (kind == Kind::ping) {
      workers[from].send({Kind::pong, self}).value();
    } else if (++answered < pings) {
      pingSomebody();
    } else {
      done.send(true).value();
    }
  }
}

}  // namespace

void runBig() {
  inTroop(everyCpu, [] {
    const std::size_t workers = size("BIG_WORKERS", 120);
    const std::size_t pings = size("BIG_PINGS", 20'000);
    require(workers > 1, "BIG_WORKERS must be at least 2");
    // Each has one ping under way: a mailbox with a place for each of them never fills.
    Mailboxes mailboxes;
    std::vector<Receiver<Message>> receivers;
    for (std::size_t i = 0; i < workers; ++i) {
      auto [sender, receiver] = channel<Message>(workers + 1);
      mailboxes.push_back(std::move(sender));
      receivers.push_back(std::move(receiver));
    }
    auto [done, ended] = channel<bool>(workers);
    const Stopwatch watch;
    {
      Scope scope;
      for (std::size_t i = 0; i < workers; ++i) {
        scope.thread(work, i, pings, std::move(receivers[i]), mailboxes, done);
      }
      for (std::size_t i = 0; i < workers; ++i) ended.receive().value();
      for (Sender<Message>& mailbox : mailboxes) mailbox.send({Kind::end, 0}).value();
    }
    report("big", "ping", watch.nanoseconds() / static_cast<double>(workers * pings), "ns");
  });
}

}  // namespace troop::peers
