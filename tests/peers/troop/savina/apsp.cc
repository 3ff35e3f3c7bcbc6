// Savina's all-pairs shortest path: Floyd and Warshall's algorithm in blocks, a Thread for each,
// which sends its block to those of its row and column when they need it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/savina/mix.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr std::size_t side = 50;  // of a block

using Distances = std::vector<std::int32_t>;

std::int32_t length(std::size_t nodes, std::size_t from, std::size_t to) {
  return from == to ? 0 : static_cast<std::int32_t>(1 + mix(from * nodes + to) % 100);
}

// What a block looks like after its part of a step. Never written once it was sent.
struct Update {
  std::size_t step;
  std::size_t row;
  std::size_t column;
  std::shared_ptr<const Distances> distances;
};

struct Place {
  std::size_t nodes;
  std::size_t row;
  std::size_t column;
};

// Shorter ways from rows of `left` to columns of `right`. As these may be `own` itself, the row
// that is read is copied: what is written is then known to be another.
void relax(Distances& own, const Distances& left, const Distances& right) {
  std::array<std::int32_t, side> ways;
  for (std::size_t via = 0; via < side; ++via) {
    std::copy_n(&right[via * side], side, ways.begin());
    for (std::size_t row = 0; row < side; ++row) {
      const std::int32_t there = left[row * side + via];
      std::int32_t* const best = &own[row * side];
      for (std::size_t column = 0; column < side; ++column) {
        best[column] = std::min(best[column], there + ways[column]);
      }
    }
  }
}

// One Thread's mailbox; updates of later steps wait until they are asked for.
class Updates {
 public:
  explicit Updates(Receiver<Update> mailbox) : mailbox_(std::move(mailbox)) {}

  std::shared_ptr<const Distances> of(std::size_t step, std::size_t row, std::size_t column) {
    const auto wanted = [&](const Update& update) {
      return update.step == step && update.row == row && update.column == column;
    };
    for (;;) {
      const auto found = std::find_if(early_.begin(), early_.end(), wanted);
      if (found != early_.end()) {
        std::shared_ptr<const Distances> distances = std::move(found->distances);
        early_.erase(found);
        return distances;
      }
      early_.push_back(mailbox_.receive().value());
    }
  }

 private:
  Receiver<Update> mailbox_;
  std::vector<Update> early_;
};

}  // namespace

}  // namespace troop::peers

template <>
struct troop::IsSendable<troop::peers::Update> : std::true_type {};
template <>
struct troop::IsSendable<troop::peers::Place> : std::true_type {};

namespace troop::peers {

namespace {

Distances initial(const Place& place) {
  Distances distances(side * side);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    distances[i] = length(place.nodes, place.row * side + i / side, place.column * side + i % side);
  }
  return distances;
}

// The first block of a step goes to its row and column, those of its row go down their columns,
// those of its column along their rows.
void keepBlock(Place place, Receiver<Update> mailbox, std::vector<Sender<Update>> blocks,
               Sender<Update> end) {
  const auto [nodes, row, column] = place;
  const std::size_t steps = nodes / side;
  Distances own = initial(place);
  Updates updates(std::move(mailbox));
  for (std::size_t step = 0; step < steps; ++step) {
    const bool inRow = row == step;
    const bool inColumn = column == step;
    if (inRow && inColumn) {
      relax(own, own, own);
    } else if (inRow) {
      relax(own, *updates.of(step, step, step), own);
    } else if (inColumn) {
      relax(own, own, *updates.of(step, step, step));
    } else {
      const auto left = updates.of(step, row, step);
      relax(own, *left, *updates.of(step, step, column));
      continue;
    }
    const Update update{step, row, column, std::make_shared<const Distances>(own)};
    for (std::size_t i = 0; i < steps; ++i) {
      if (inRow && i != row) blocks[i * steps + column].send(update).value();
      if (inColumn && i != column) blocks[row * steps + i].send(update).value();
    }
  }
  end.send({steps, row, column, std::make_shared<const Distances>(std::move(own))}).value();
}

Distances expected(std::size_t nodes) {
  Distances distances(nodes * nodes);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    distances[i] = length(nodes, i / nodes, i % nodes);
  }
  for (std::size_t via = 0; via < nodes; ++via) {
    for (std::size_t from = 0; from < nodes; ++from) {
      for (std::size_t to = 0; to < nodes; ++to) {
        distances[from * nodes + to] =
            std::min(distances[from * nodes + to],
                     distances[from * nodes + via] + distances[via * nodes + to]);
      }
    }
  }
  return distances;
}

std::vector<Update> solve(std::size_t nodes) {
  const std::size_t steps = nodes / side;
  std::vector<Sender<Update>> mailboxes;
  std::vector<Receiver<Update>> receivers;
  for (std::size_t i = 0; i < steps * steps; ++i) {
    auto [sender, receiver] = channel<Update>(2 * steps);  // all that it ever gets
    mailboxes.push_back(std::move(sender));
    receivers.push_back(std::move(receiver));
  }
  auto [end, results] = channel<Update>(steps * steps);
  Scope scope;
  for (std::size_t i = 0; i < steps * steps; ++i) {
    scope.thread(keepBlock, Place{nodes, i / steps, i % steps}, std::move(receivers[i]), mailboxes,
                 end);
  }
  std::vector<Update> solved;
  while (solved.size() < steps * steps) solved.push_back(results.receive().value());
  return solved;
}

}  // namespace

void runApsp() {
  inTroop(everyCpu, [] {
    const std::size_t nodes = size("APSP_NODES", 600);
    require(nodes % side == 0, "APSP_NODES must be a multiple of 50");
    const Stopwatch watch;
    const std::vector<Update> solved = solve(nodes);
    report("apsp", "total", watch.seconds(), "s");
    const Distances right = expected(nodes);
    for (const Update& block : solved) {
      for (std::size_t i = 0; i < side * side; ++i) {
        const std::size_t from = block.row * side + i / side;
        const std::size_t to = block.column * side + i % side;
        require((*block.distances)[i] == right[from * nodes + to], "a way is not the shortest");
      }
    }
  });
}

}  // namespace troop::peers
