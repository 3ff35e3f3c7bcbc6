#include "tests/chaos/parking.h"

#include <array>
#include <memory>
#include <utility>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::chaos {
namespace {

constexpr unsigned framesMax = 6;
constexpr unsigned othersMax = 2;  // Tasks of a Thread beside its first

using Alarm = std::shared_ptr<Event>;

class Wakes {
 public:
  explicit Wakes(Alarm alarm) noexcept : alarm_(std::move(alarm)) {}
  ~Wakes() { alarm_->set(); }
  Wakes(const Wakes&) = delete;
  Wakes& operator=(const Wakes&) = delete;

 private:
  const Alarm alarm_;
};

void wait(World& world, Event& alarm) {
  const Counted waiting(world.waits);
  alarm.wait();
}

// What lies in each frame: it is found by its address, and knows what it has to be.
struct Mark {
  const Mark* outer;
  std::array<std::uint64_t, 8> numbers;
};

// Some frames deep; whether all are as they were.
[[gnu::noinline]] bool waitDeep(World& world, Event& alarm, Chance& chance, unsigned frames,
                                const Mark* outer) {
  Chance numbers(frames);
  Mark mark{.outer = outer, .numbers = {}};
  for (std::uint64_t& number : mark.numbers) number = numbers.number();
  if (frames < framesMax && !chance.oneIn(4)) {
    return waitDeep(world, alarm, chance, frames + 1, &mark);
  }
  wait(world, alarm);
  unsigned at = frames;
  for (const Mark* each = &mark; each != nullptr; each = each->outer, --at) {
    Chance expected(at);
    for (const std::uint64_t number : each->numbers) {
      if (number != expected.number()) return false;
    }
  }
  return at + 1 == 0;
}

Async<void> waitWithoutStack(World& world, const Alarm& alarm, unsigned& woken) {
  const Counted alive(world.bodies);
  const Counted waiting(world.waits);
  co_await async::wait(*alarm);
  ++woken;
}

// Several Tasks of one Thread, of which all but the first change what is on its stack.
void sleepUntilWoken(World& world, const Alarm& alarm, std::uint64_t seed) {
  const Counted alive(world.bodies);
  Chance chance(seed);
  unsigned woken = 0;
  const unsigned others = chance.upTo(othersMax);
  inScope({}, [&](Scope& scope) {
    for (unsigned i = 0; i < others; ++i) {
      if (chance.oneIn(2)) {
        scope.async(waitWithoutStack(world, alarm, woken));
      } else {
        scope.task([&] {
          wait(world, *alarm);
          ++woken;
        });
      }
    }
    if (!waitDeep(world, *alarm, chance, 0, nullptr)) world.wrong("a stack is not as it was");
  });
  if (woken != others) world.wrong("a stack has not what other Tasks wrote there");
}

}  // namespace

void parkSomebody(World& world, Chance& chance) {
  if (!world.mayStart()) return;
  const Alarm alarm = std::make_shared<Event>();
  const Wakes wakes(alarm);
  const Ref<Thread> sleeper = world.troop(chance)->thread(
      {.name = "sleeper", .parked = Parked::compacted},
      [](World* where, const Alarm& its, std::uint64_t seed) {
        sleepUntilWoken(*where, its, seed);
      },
      assumeSendable(&world), assumeSendable(alarm), chance.number());
  const Counted waiting(world.waits);
  while (world.process().compactedThreads() == 0) {
    // It ends without being woken where its troop is killed.
    const Expected<void> ended = sleeper->join(after(chance.shortly()));
    if (ended || ended.error().detail() != ErrorDetail::deadline) return;
  }
  world.saw(Sight::compacted);
  alarm->set();
  (void)sleeper->join();
}

}  // namespace troop::chaos
