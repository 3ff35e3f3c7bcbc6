#include "tests/chaos/errand.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "runtime/blocking/blocking.h"
#include "runtime/blocking/foreign-callback.h"
#include "runtime/blocking/pin.h"
#include "runtime/error.h"
#include "runtime/io/child-process.h"
#include "runtime/io/name-resolver.h"
#include "runtime/io/signals.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::chaos {
namespace {

// Nothing happens where nobody listens any more.
constexpr int signalOfChaos = SIGURG;

class Errand {
 public:
  Errand(World& world, Chance& chance) : world_(world), chance_(chance) {}

  void act() {
    switch (chance_.upTo(6)) {
      case 0:
        return block();
      case 1:
        return blockUnsaid();
      case 2:
        return stay();
      case 3:
        return sortByForeignCode();
      case 4:
        return runProgram();
      case 5:
        return listen();
      default:
        return findName();
    }
  }

 private:
  // Up to a fifth of a millisecond.
  void sleepInKernel() {
    usleep(static_cast<useconds_t>(
        std::chrono::ceil<std::chrono::microseconds>(chance_.shortly()).count()));
  }

  void block() {
    const unsigned given = chance_.upTo(1'000);
    const unsigned got = world_.waiting([&] {
      return blocking([&] {
        sleepInKernel();
        return given;
      });
    });
    if (got != given) return world_.wrong("a blocking call gave something else");
    if (chance_.oneIn(4)) blocking([] { throw Error(ErrorKind::failed, "by chance"); });
    world_.saw(Sight::blocked);
  }

  void blockUnsaid() {
    for (unsigned left = chance_.upTo(2); left > 0; --left) {
      sleepInKernel();
      world_.waiting([] { yield(); });
    }
  }

  // Pins nest, and who waits comes back to the same OS thread.
  void stay() {
    const Pin here = pin();
    const pid_t osThread = gettid();
    for (unsigned left = 1 + chance_.upTo(3); left > 0; --left) {
      const Pin again = pin();
      world_.waiting([&] { sleep(chance_.shortly()); });
      if (gettid() != osThread) return world_.wrong("who was pinned went on elsewhere");
    }
    world_.saw(Sight::stayed);
  }

  void sortByForeignCode() {
    std::array<unsigned, 20> numbers;
    for (unsigned& number : numbers) number = chance_.upTo(1'000);
    world_.waiting([&] {
      callForeign([&] {
        std::qsort(numbers.data(), numbers.size(), sizeof(numbers[0]),
                   foreignCallback([](const void* a, const void* b) {
                     const unsigned one = *static_cast<const unsigned*>(a);
                     const unsigned other = *static_cast<const unsigned*>(b);
                     if ((one + other) % 5 == 0) (void)sleepNoThrow(1us);
                     return one < other ? -1 : static_cast<int>(one > other);
                   }));
      });
    });
    if (!std::ranges::is_sorted(numbers)) world_.wrong("foreign code did not get its answers");
  }

  // It ends by itself, is ended, or left to its handle.
  void runProgram() {
    if (!chance_.oneIn(4)) return blockUnsaid();
    const bool lasts = chance_.oneIn(2);
    ChildProcess child =
        ChildProcess::start("sleep", {.arguments = {lasts ? "1000" : "0"}}).value();
    if (chance_.oneIn(4)) return;
    if (lasts) {
      if (world_.waiting([&] { return child.wait(after(chance_.shortly())); }).succeeded()) {
        return world_.wrong("a program ended too soon");
      }
      child.kill(SIGKILL).value();
    }
    const ChildEnd end = world_.waiting([&] { return child.wait(); }).value();
    if (end.succeeded() == lasts) return world_.wrong("a program ended in another way");
    world_.saw(Sight::ranProgram);
  }

  void listen() {
    Signals signals = Signals::subscribe({signalOfChaos}).value();
    ::kill(getpid(), signalOfChaos);
    // It may have been another listener's, who got it at once.
    const Expected<int> which = world_.waiting([&] { return signals.next(after(10ms)); });
    if (which.failed()) return;
    if (which.value() != signalOfChaos) world_.wrong("a signal that nobody sent");
    world_.saw(Sight::gotSignal);
  }

  void findName() {
    const NameResolver names = NameResolver::ofSystem();
    const auto found = world_.waiting([&] { return names.resolve("127.0.0.9", 80, after(1s)); });
    if (found.failed() || found->size() != 1) return world_.wrong("an address is not its own name");
    (void)world_.waiting([&] { return names.resolve("localhost", 80, after(chance_.shortly())); });
  }

  World& world_;
  Chance& chance_;
};

}  // namespace

void doErrand(World& world, Chance& chance) {
  Errand(world, chance).act();
}

}  // namespace troop::chaos
