#include "runtime/preload/host.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>

#include "runtime/preload/exchange.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/passage.h"
#include "runtime/process.h"
#include "runtime/sendable.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop::preload::host {
namespace {

constexpr unsigned carriersMax = 1024;

// Zero, for one a CPU, where nothing sensible is said.
unsigned carriersAskedFor() noexcept {
  const char* text = std::getenv("TROOP_EXEC_CARRIERS");
  if (text == nullptr) return 0;
  const unsigned long number = std::strtoul(text, nullptr, 10);
  return number <= carriersMax ? static_cast<unsigned>(number) : 0;
}

// Never destroyed: the program may end while its pthreads run on.
Process& process() {
  alignas(Process) static std::array<std::byte, sizeof(Process)> memory;
  static Process* const made =
      new (memory.data()) Process(ProcessOptions{.carriers = carriersAskedFor()});
  return *made;
}

// A Task: the coroutine of the program is gone on with until it departs.
void runProgram(Identity* identity) {
  const MustNotThrow here;
  for (;;) {
    identity->carrierBase = threadBase();
    troopExchangeStacks(&identity->taskStack, identity->programStack, identity->programBase);
    if (identity->request == nullptr) break;
    identity->request(identity->argument);
  }
  depart(*identity);
}

}  // namespace

bool available() noexcept {
  static const bool can = canExchangeBases() && insidesAreKnown();
  return can && forksThatLedHere() == 0;
}

bool start(Identity& identity) noexcept {
  bool started = false;
  const auto run = [&] {
    try {
      process().root().thread({}, runProgram, assumeSendable(&identity));
      started = true;
    } catch (const std::exception&) {
      // Beyond a limit of the system; the caller has OS threads.
    }
  };
  inRuntime(run);
  return started;
}

void giveWay() noexcept {
  yield();
}

void pause() noexcept {
  sleep(50us);
}

}  // namespace troop::preload::host
