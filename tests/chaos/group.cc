#include "tests/chaos/group.h"

#include <atomic>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/task.h"
#include "tests/chaos/actor.h"

namespace troop::chaos {
namespace {

// By the Threads of a group, and by those that unwind.
constexpr int startsMax = 6;
constexpr int lastStartsMax = 3;
constexpr unsigned innerMax = 3;  // troops of a group beside the outermost
constexpr std::size_t threadsMax = 40;

struct Group {
  std::vector<Ref<Troop>> troops;  // the outermost first
  std::atomic<int> startsLeft{startsMax};
  std::atomic<int> lastStartsLeft{lastStartsMax};
  std::atomic<bool> inhabited{false};
};

TroopOptions someOptions(Chance& chance) {
  TroopOptions options{.name = "of a group"};
  options.weight = 1 + chance.upTo(400);
  if (chance.oneIn(3)) options.heap = Heap::own;
  if (chance.oneIn(2)) options.threadsMax = threadsMax;
  return options;
}

std::shared_ptr<Group> makeGroup(World& world, Chance& chance) {
  const auto group = std::make_shared<Group>();
  const Ref<Troop> around = chance.oneIn(2) ? world.troop(chance) : Ref<Troop>();
  group->troops.push_back(world.startDoomed(someOptions(chance), around.get()));
  for (unsigned left = 1 + chance.upTo(innerMax - 1); left > 0; --left) {
    const unsigned last = static_cast<unsigned>(group->troops.size() - 1);
    // Mostly inside each other, sometimes beside.
    Troop& outer = *group->troops[chance.oneIn(3) ? chance.upTo(last) : last];
    group->troops.push_back(world.startDoomed(someOptions(chance), &outer));
  }
  return group;
}

void startInside(World& world, const std::shared_ptr<Group>& group, Chance& chance, unsigned depth);

// Tries to start one more when its Thread is cancelled, which happens where the group is killed.
class StartsWhileUnwinding {
 public:
  StartsWhileUnwinding(World& world, const std::shared_ptr<Group>& group, Chance& chance,
                       unsigned depth)
      : world_(world), group_(group), chance_(chance), depth_(depth) {}
  ~StartsWhileUnwinding() {
    if (std::uncaught_exceptions() == 0 || group_->lastStartsLeft.fetch_sub(1) <= 0) return;
    try {
      startInside(world_, group_, chance_, depth_);
    } catch (const Error& error) {
      if (error.detail() == ErrorDetail::killed) world_.saw(Sight::refusedInside);
    }
  }
  StartsWhileUnwinding(const StartsWhileUnwinding&) = delete;
  StartsWhileUnwinding& operator=(const StartsWhileUnwinding&) = delete;

 private:
  World& world_;
  const std::shared_ptr<Group>& group_;
  Chance& chance_;
  const unsigned depth_;
};

// Starts others, does random things, and stays until it is killed.
void liveInside(World& world, const std::shared_ptr<Group>& group, std::uint64_t seed,
                unsigned depth) {
  Chance chance(seed);
  const Counted alive(world.bodies);
  const StartsWhileUnwinding atLast(world, group, chance, depth);
  group->inhabited.store(true);
  const bool isInner = Troop::current() != group->troops.front().get();
  while (group->startsLeft.fetch_sub(1) > 0 && world.mayStart()) {
    startInside(world, group, chance, depth);
    if (isInner) world.saw(Sight::startedInside);
    if (chance.oneIn(2)) runActor(world, chance.number(), depth, nullptr);
    const Counted waiting(world.waits);
    yield();
  }
  const Counted waiting(world.waits);
  Event neverSet;
  neverSet.wait();
}

void startInside(World& world, const std::shared_ptr<Group>& group, Chance& chance,
                 unsigned depth) {
  const unsigned last = static_cast<unsigned>(group->troops.size() - 1);
  group->troops[chance.upTo(last)]->thread(
      threadNamed("inside", chance),
      [](World* where, const std::shared_ptr<Group>& its, std::uint64_t seed, unsigned itsDepth) {
        liveInside(*where, its, seed, itsDepth);
      },
      assumeSendable(&world), assumeSendable(group), chance.number(), depth);
}

class Kills {
 public:
  explicit Kills(Ref<Troop> troop) noexcept : troop_(std::move(troop)) {}
  ~Kills() { kill(); }
  Kills(const Kills&) = delete;
  Kills& operator=(const Kills&) = delete;

  void kill() const noexcept {
    troop_->kill(Error(ErrorKind::disconnected, "as a whole", ErrorDetail::killed));
  }

 private:
  const Ref<Troop> troop_;
};

}  // namespace

void killGroup(World& world, Chance& chance, unsigned depth) {
  if (!world.mayStart()) return;
  const std::shared_ptr<Group> group = makeGroup(world, chance);
  const Troop& outermost = *group->troops.front();
  const Kills kills(group->troops.front());
  for (unsigned left = 1 + chance.upTo(2); left > 0; --left) {
    startInside(world, group, chance, depth + 1);
  }
  const Counted waiting(world.waits);
  // Its Threads also end where somebody else has killed it.
  while (!group->inhabited.load() && outermost.threads() != 0) sleep(chance.shortly());
  sleep(chance.shortly());
  // One from within before all the others.
  if (chance.oneIn(4)) Kills(group->troops.back()).kill();
  kills.kill();
  while (outermost.threads() != 0 || outermost.tasks() != 0) sleep(chance.shortly());
  world.saw(Sight::groupEmptied);
}

}  // namespace troop::chaos
