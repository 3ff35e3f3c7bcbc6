// Guests and Tasks of the host run on several OS threads, and move between them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <vector>

#include "docs/examples/first-plugin/greeter.troop.h"
#include "runtime/process.h"
#include "runtime/task.h"
#include "sandbox/host.h"

namespace troop::tests {
namespace {

// Longer than anything here can take.
constexpr Duration patience = 300s;
constexpr unsigned carriers = 2;

// The OS threads on which Tasks of the host have found themselves.
class OsThreads {
 public:
  void addThisOne() {
    std::lock_guard lock(mutex_);
    ids_.insert(gettid());
  }
  std::set<pid_t> ids() const {
    std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<pid_t> ids_;
};

// Calls all guests, each from a Thread of its own, until `seen` says that it has seen all, or
// patience is over.
template <typename Seen>
void callUntil(sandbox::Host& host, const std::vector<sandbox::Guest>& guests, OsThreads& osThreads,
               Seen seen) {
  const Time end = after(patience);
  std::vector<Ref<Thread>> threads;
  for (const sandbox::Guest& guest : guests) {
    const Ref<Thread> thread = host.process().root().serviceThread("caller");
    const auto greeter = guest.as<examples::Greeter>();
    thread
        ->post(assumeSendable([&osThreads, &seen, greeter, end] {
          while (!seen() && now() < end) {
            const auto reply = greeter.greet("you").get(patience);
            ASSERT_TRUE(reply.succeeded()) << reply.error().what();
            osThreads.addThisOne();
          }
        }))
        .value();
    thread->close();
    threads.push_back(thread);
  }
  for (const Ref<Thread>& thread : threads) thread->join().value();
}

std::vector<sandbox::Guest> spawnGreeters(sandbox::Host& host, int count) {
  const auto image = host.compile("docs/examples/first-plugin/greeter.js");
  std::vector<sandbox::Guest> guests;
  for (int i = 0; i < count; ++i) guests.push_back(host.spawn(image, {.name = "greeter"}));
  return guests;
}

TEST(Carriers, guestsAndTasksOfTheHostRunOnSeveralOsThreadsAndMove) {
  sandbox::Host host({.carriers = carriers});
  const std::vector<sandbox::Guest> guests = spawnGreeters(host, 4);
  const auto everyGuestHasMoved = [&] {
    return std::all_of(guests.begin(), guests.end(),
                       [](const auto& guest) { return guest.usage().migrations > 0; });
  };
  const auto everyCarrierHasWorked = [&] {
    const auto statistics = host.process().statistics();
    return std::all_of(statistics.begin(), statistics.end(),
                       [](const CarrierStatistics& carrier) { return carrier.slices > 0; });
  };
  OsThreads osThreads;
  callUntil(host, guests, osThreads, [&] {
    return everyGuestHasMoved() && everyCarrierHasWorked() && osThreads.ids().size() >= carriers;
  });

  EXPECT_TRUE(everyGuestHasMoved());
  EXPECT_TRUE(everyCarrierHasWorked());
  // Where the machine is slow, spares come as well.
  EXPECT_GE(host.process().statistics().size(), carriers);
  EXPECT_GE(osThreads.ids().size(), carriers);
  EXPECT_FALSE(osThreads.ids().contains(gettid()));
  for (const auto& guest : guests) {
    EXPECT_GT(guest.usage().slices, guest.usage().migrations);
    EXPECT_EQ(guest.usage().callsFailed, 0u);
  }
}

TEST(Carriers, oneCarrierServesAllToo) {
  sandbox::Host host({.carriers = 1});
  const std::vector<sandbox::Guest> guests = spawnGreeters(host, 4);
  OsThreads osThreads;
  callUntil(host, guests, osThreads, [&] {
    return std::all_of(guests.begin(), guests.end(),
                       [](const auto& guest) { return guest.usage().callsServed >= 20; });
  });
  EXPECT_EQ(osThreads.ids().size(), 1u);
  for (const auto& guest : guests) {
    EXPECT_GE(guest.usage().callsServed, 20u);
    EXPECT_EQ(guest.usage().migrations, 0u);
  }
}

}  // namespace
}  // namespace troop::tests
