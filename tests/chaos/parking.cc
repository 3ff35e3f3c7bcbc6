#include "tests/chaos/parking.h"

#include <array>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::chaos {
namespace {

constexpr unsigned framesMax = 6;
constexpr unsigned othersMax = 2;  // Tasks of a Thread beside its first
// More than a carrier has of stacks that are shared, so that some live on the same one.
constexpr unsigned crowdMax = 40;
constexpr unsigned roundsMax = 4;  // of waits of one of a crowd

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

// What lies in each frame: it is found by its address, and knows where and what it has to be.
struct Mark {
  const Mark* self;
  const Mark* outer;
  std::array<std::uint64_t, 8> numbers;
};

// Some frames deep; whether all are as they were.
template <typename Wait>
[[gnu::noinline]] bool waitDeep(Wait wait, Chance& chance, unsigned frames, const Mark* outer) {
  Chance numbers(frames);
  Mark mark{.self = &mark, .outer = outer, .numbers = {}};
  for (std::uint64_t& number : mark.numbers) number = numbers.number();
  if (frames < framesMax && !chance.oneIn(4)) {
    return waitDeep(wait, chance, frames + 1, &mark);
  }
  wait();
  unsigned at = frames;
  for (const Mark* each = &mark; each != nullptr; each = each->outer, --at) {
    if (each->self != each) return false;
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
    const auto waits = [&] { wait(world, *alarm); };
    if (!waitDeep(waits, chance, 0, nullptr)) world.wrong("a stack is not as it was");
  });
  if (woken != others) world.wrong("a stack has not what other Tasks wrote there");
}

// Where the Threads of a crowd live that have begun and not ended; those with the same address live
// on the same stack.
class Crowd {
 public:
  // Whether somebody lives there who waits, as the caller runs there.
  bool moveIn(const void* address) {
    std::lock_guard lock(mutex_);
    const bool shared = addresses_.contains(address);
    addresses_.insert(address);
    return shared;
  }
  void moveOut(const void* address) noexcept {
    std::lock_guard lock(mutex_);
    addresses_.erase(addresses_.find(address));
  }

 private:
  std::mutex mutex_;
  std::multiset<const void*> addresses_;  // protected by mutex_
};

class Resident {
 public:
  Resident(World& world, Crowd& crowd, const void* address) : crowd_(crowd), address_(address) {
    if (crowd_.moveIn(address_)) world.saw(Sight::sharedStack);
  }
  ~Resident() { crowd_.moveOut(address_); }
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;

 private:
  Crowd& crowd_;
  const void* const address_;
};

// The address is of the frame, as AddressSanitizer has locals elsewhere.
[[gnu::noinline]] void liveInCrowd(World& world, Crowd& crowd, const Alarm& alarm,
                                   std::uint64_t seed) {
  const Resident resident(world, crowd, __builtin_frame_address(0));
  Chance chance(seed);
  const auto waits = [&] {
    const Counted waiting(world.waits);
    chance.oneIn(2) ? yield() : sleep(chance.shortly());
  };
  for (unsigned left = chance.upTo(roundsMax); left > 0; --left) {
    if (!waitDeep(waits, chance, 0, nullptr)) world.wrong("a shared stack is not as it was");
  }
  sleepUntilWoken(world, alarm, chance.number());
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

void shareStacks(World& world, Chance& chance) {
  if (!world.mayStart()) return;
  const Alarm alarm = std::make_shared<Event>();
  const Wakes wakes(alarm);
  const auto crowd = std::make_shared<Crowd>();
  const Ref<Troop> troop = world.troop(chance);
  std::vector<Ref<Thread>> threads;
  for (unsigned left = 1 + chance.upTo(crowdMax - 1); left > 0; --left) {
    threads.push_back(troop->thread(
        {.name = "resident", .parked = Parked::sharesStack},
        [](World* where, const std::shared_ptr<Crowd>& its, const Alarm& awaited,
           std::uint64_t seed) { liveInCrowd(*where, *its, awaited, seed); },
        assumeSendable(&world), assumeSendable(crowd), assumeSendable(alarm), chance.number()));
  }
  const Counted waiting(world.waits);
  sleep(chance.shortly());
  alarm->set();
  for (const Ref<Thread>& thread : threads) (void)thread->join();
}

void expectNothingLent(World& world, Chance& chance) {
  try {
    switch (chance.upTo(2)) {
      case 0:
        inScope({}, [](Scope& scope) { scope.thread({"lent to"}, [] {}); });
        break;
      case 1: {
        const StackLent lent;
        break;
      }
      default:
        world.process().run([] {});
    }
  } catch (const Error& error) {
    if (error.reason() != "what is on a shared stack is not lent (Parked::sharesStack)") throw;
    return world.saw(Sight::refusedToLend);
  }
  world.wrong("what is on a shared stack was lent");
}

}  // namespace troop::chaos
