// Many block their OS thread for a while, in a call that is no wait of ours. How long it takes
// until all have, and how late somebody else wakes meanwhile.
#include "runtime/blocking/blocking.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/time.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

constexpr Duration nap = 1ms;

void wakeUntil(std::atomic<bool>* over, std::vector<Duration>* late) {
  while (!*over) {
    const Time start = now();
    sleep(nap);
    late->push_back(now() - start - nap);
  }
}

void sayThatItBlocks(unsigned microseconds) {
  blocking([=] { ::usleep(microseconds); });
}

void sayNothing(unsigned microseconds) {
  ::usleep(microseconds);
}

void measure(void (*block)(unsigned), std::string_view suffix) {
  Process process;
  const Ref<Troop> others = process.troop({.name = "others"});
  const Ref<Troop> troop = process.troop({.name = "measured"});
  std::atomic<bool> over{false};
  std::vector<Duration> late;
  const Ref<Thread> other =
      others->thread({}, wakeUntil, assumeSendable(&over), assumeSendable(&late));
  const std::size_t count = size("BLOCKING_N", 10'000);
  const auto microseconds = static_cast<unsigned>(size("BLOCKING_MICROSECONDS", 1000));
  const Stopwatch watch;
  troop
      ->thread(
          {},
          [](std::size_t threads, void (*each)(unsigned), unsigned duration) {
            Scope scope;
            for (std::size_t i = 0; i < threads; ++i) scope.thread(each, duration);
          },
          count, assumeSendable(block), microseconds)
      ->join()
      .value();
  const double seconds = watch.seconds();
  over = true;
  other->join().value();
  std::ranges::sort(late);
  const auto p99 = static_cast<double>(late[late.size() * 99 / 100].count());
  report("blocking", "total" + std::string(suffix), seconds, "s");
  report("blocking", "others_p99" + std::string(suffix), p99 / 1e3, "us");
}

}  // namespace

void runBlocking() {
  measure(sayThatItBlocks, "");
  measure(sayNothing, "_unsaid");
}

}  // namespace troop::peers
