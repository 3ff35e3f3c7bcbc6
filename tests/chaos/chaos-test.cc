// Random programs over every scheduler: whatever is started, cancelled and killed, at the end
// nothing is left of it, and nobody waits for ever.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/sim/simulation.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "tests/chaos/intruder.h"
#include "tests/chaos/wanderer.h"
#include "tests/chaos/watch.h"
#include "tests/chaos/world.h"

namespace troop::chaos {
namespace {

// Sanitizers make each step some twenty times slower.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TROOP_SLOW_STEPS 1
#endif
#endif
#ifdef TROOP_SLOW_STEPS
constexpr std::int64_t threadsOfASeed = 15;
constexpr std::int64_t threadsOfOneProcess = 1'000;
#else
constexpr std::int64_t threadsOfASeed = 60;
constexpr std::int64_t threadsOfOneProcess = 6'000;
#endif
#undef TROOP_SLOW_STEPS
// Enough to do everything in 20 programs.
constexpr std::int64_t threadsOfAThoroughSeed = 60;

bool isLong() {
  const char* asked = std::getenv("TROOP_LONG");
  return asked != nullptr && std::string_view(asked) == "1";
}

void runSimulated(World& world, std::uint64_t seed) {
  sim::run({.seed = seed, .process = {.compactAfter = compactAfter}}, [&] {
    world.inhabit(*Process::current());
    world.live();
    world.end();
  });
  world.expectNothingLeft();
}

using Times = std::array<std::uint64_t, sights>;

void addTo(Times& seen, const World& world) {
  for (std::size_t i = 0; i < sights; ++i) seen[i] += world.times(static_cast<Sight>(i));
}

bool allSeen(const Times& seen) {
  return std::ranges::find(seen, 0u) == seen.end();
}

void expectAllSeen(const Times& seen) {
  for (std::size_t i = 0; i < sights; ++i) EXPECT_GT(seen[i], 0u) << "sight " << i;
  if (isLong()) fmt::print("seen: {}\n", testing::PrintToString(seen));
}

// Nobody waits for ever here, so whatever is told is not so.
void failOnDeadlock(const char* report) {
  ADD_FAILURE() << report;
}

// For the files of one world; gone with its end.
class Folder {
 public:
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string path = fmt::format("{}/troop-chaos-{}", testing::TempDir(), getpid());
};

// Of the OS process.
std::set<std::string> openDescriptors() {
  std::set<std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string what = std::filesystem::read_symlink(entry, gone).string();
    // But the one that reads this.
    if (!gone && !what.ends_with("/fd")) open.insert(entry.path().filename().string() + " " + what);
  }
  return open;
}

using Io = Process::Options::Io;

// Adds to what was seen.
void runInWorld(const Options& options, unsigned carriers, unsigned outsiders, Times& seen, Io io) {
  World world(options);
  const Watch watch(world);
  {
    Process process({.carriers = carriers,
                     .carriersMax = carriers,
                     .io = io,
                     .compactAfter = compactAfter,
                     .deadlocksAfter = deadlocksAfter,
                     .onDeadlock = &failOnDeadlock});
    world.inhabit(process);
    std::vector<std::thread> osThreads;
    for (unsigned i = 0; i < outsiders; ++i) {
      osThreads.emplace_back([&, i] { intrude(world, options.seed + i); });
    }
    process.run([&] { world.live(); });
    for (std::thread& osThread : osThreads) osThread.join();
    process.run([&] { world.end(); });
  }
  world.expectNothingLeft();
  addTo(seen, world);
}

void run(Options options, unsigned carriers, unsigned outsiders, Times& seen, Io io = Io::best) {
  const Folder folder;
  options.folder = folder.path;
  const std::set<std::string> openBefore = openDescriptors();
  runInWorld(options, carriers, outsiders, seen, io);
  EXPECT_EQ(openDescriptors(), openBefore);
}
void run(const Options& options, unsigned carriers, unsigned outsiders, Io io = Io::best) {
  Times seen{};
  run(options, carriers, outsiders, seen, io);
}

TEST(Chaos, leavesNothingSimulated) {
  sim::sweep([](std::uint64_t seed) {
    World world({.seed = seed, .threads = threadsOfASeed, .patience = 10s});
    runSimulated(world, seed);
  });
}

TEST(Chaos, leavesNothingOnOneCarrier) {
  sim::sweep([](std::uint64_t seed) { run({.seed = seed, .threads = threadsOfASeed}, 1, 0); });
}

TEST(Chaos, leavesNothingOnTwoCarriers) {
  sim::sweep([](std::uint64_t seed) { run({.seed = seed, .threads = threadsOfASeed}, 2, 0); });
}

TEST(Chaos, leavesNothingByPollingOnTwoCarriers) {
  sim::sweep([](std::uint64_t seed) {
    run({.seed = seed, .threads = threadsOfASeed}, 2, 1, Io::polling);
  });
}

TEST(Chaos, leavesNothingOnFourCarriersWithTwoOsThreadsOutside) {
  sim::sweep([](std::uint64_t seed) { run({.seed = seed, .threads = threadsOfASeed}, 4, 2); });
}

TEST(Chaos, leavesNothingWhileCarriersComeAndGo) {
  sim::sweep([](std::uint64_t seed) {
    run({.seed = seed, .threads = threadsOfASeed, .carriers = Carriers::comeAndGo}, 3, 1);
  });
}

// Three Processes one after the other, up to a thousand Threads at once; with TROOP_LONG=1 a
// million in all.
TEST(Chaos, leavesNothingOfManyThreads) {
  const std::int64_t threads = isLong() ? 1'000'000 : threadsOfOneProcess;
  Times seen{};
  for (const std::uint64_t seed : {0, 1, 2}) {
    SCOPED_TRACE(seed);
    run({.seed = seed, .threads = threads / 3, .atOnce = 1'000, .carriers = Carriers::comeAndGo}, 4,
        2, seen);
  }
  if (isLong()) expectAllSeen(seen);
}

// How many programs that takes on real carriers, nobody can say.
TEST(Chaos, seesEverythingThatThereIsToSee) {
  Times seen{};
  for (std::uint64_t seed = 0; seed < 10'000 && !allSeen(seen); ++seed) {
    const Options options{.seed = seed, .threads = threadsOfASeed, .carriers = Carriers::comeAndGo};
    run(options, 3, 1, seen);
  }
  expectAllSeen(seen);
}

// That the programs do what they are there for.
TEST(Chaos, doesEverythingThatThereIsToDo) {
  std::vector<std::uint64_t> times(kinds);
  Times seen{};
  std::set<Ending> endings;
  // Simulated there is one carrier, always, and nothing beside this program.
  for (const Sight never : {Sight::carriersChanged, Sight::ranProgram, Sight::gotSignal}) {
    seen[static_cast<std::size_t>(never)] = 1;
  }
  const auto allDone = [&] { return std::ranges::find(times, 0u) == times.end(); };
  for (std::uint64_t seed = 0; seed < 200 && !(allDone() && allSeen(seen) && seed > 20); ++seed) {
    World world({.seed = seed,
                 .threads = threadsOfAThoroughSeed,
                 .patience = 10s,
                 .carriers = Carriers::comeAndGo});
    runSimulated(world, seed);
    endings.insert(world.ending());
    addTo(seen, world);
    for (std::size_t kind = 0; kind < kinds; ++kind) times[kind] += world.times(kind);
  }
  for (std::size_t kind = 0; kind < kinds; ++kind) EXPECT_GT(times[kind], 0u) << kind;
  EXPECT_EQ(endings.size(), 3u);
  expectAllSeen(seen);
}

TEST(Chaos, isTheSameForTheSameSeed) {
  const auto traceOf = [](std::uint64_t seed) {
    World world({.seed = seed, .threads = threadsOfASeed, .patience = 10s});
    runSimulated(world, seed);
    std::vector<std::uint64_t> times;
    for (std::size_t kind = 0; kind < kinds; ++kind) times.push_back(world.times(kind));
    return times;
  };
  for (std::uint64_t seed = 0; seed < 5; ++seed) EXPECT_EQ(traceOf(seed), traceOf(seed));
}

TEST(World, tellsWhoWaitsForWhat) {
  World world({.seed = 4711});
  sim::run({.seed = 4711}, [&] {
    world.inhabit(*Process::current());
    Process::current()->root().thread({"patient"}, [] {
      Event neverSet;
      neverSet.wait();
    });
    sleep(1ms);
    EXPECT_THAT(world.describe(),
                testing::AllOf(testing::HasSubstr("seed 4711: 0 bodies"),
                               testing::HasSubstr("troop 't1': 0 Threads, 0 Tasks"),
                               testing::HasSubstr("Task 1 of Thread 'patient' of troop 'root' "
                                                  "waits for an event")));
  });
}

TEST(WatchDeathTest, endsWhatDoesNotGetOn) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto stuck = [] {
    World world({.seed = 4711});
    Process process({.carriers = 1});
    world.inhabit(process);
    const Watch watch(world, 10ms);
    process.run([] {
      Event neverSet;
      neverSet.wait();
    });
  };
  EXPECT_DEATH(stuck(), "nothing happens any more:.*seed 4711");
}

}  // namespace
}  // namespace troop::chaos
