#include "runtime/trace/recording.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/channel.h"
#include "runtime/error.h"

namespace troop {
namespace trace {
namespace {

using Json = nlohmann::json;

constexpr int messages = 100;

void pingPong(Process& process) {
  const Ref<Troop> troop = process.troop({.name = "the \"troop\""});
  auto [pings, pinged] = channel<int>(1);
  auto [pongs, ponged] = channel<int>(1);
  const Ref<Thread> ping = troop->thread(
      {.name = "ping"},
      [](Sender<int> out, Receiver<int> in) {
        for (int i = 0; i < messages; ++i) {
          EXPECT_TRUE(out.send(i));
          EXPECT_EQ(in.receive(), i);
        }
      },
      std::move(pings), std::move(ponged));
  const Ref<Thread> pong = troop->thread(
      {.name = "pong"},
      [](Receiver<int> in, Sender<int> out) {
        while (std::optional<int> value = in.receive()) {
          if (!out.send(*value)) return;
        }
      },
      std::move(pinged), std::move(pongs));
  EXPECT_TRUE(ping->join());
  EXPECT_TRUE(pong->join());
}

struct Slices {
  explicit Slices(const Recording& recording)
      : events(Json::parse(recording.perfetto()).at("traceEvents")) {}

  std::size_t named(std::string_view name) const {
    std::size_t count = 0;
    for (const Json& event : events) {
      if (event.at("ph") == "X" && event.at("name") == name) ++count;
    }
    return count;
  }

  Json events;
};

TEST(Recording, tellsWhoRunsWhere) {
  Process process({.carriers = 2});
  const Recording recording(process);
  pingPong(process);
  EXPECT_EQ(recording.overwritten(), 0U);
  const Slices slices(recording);
  EXPECT_GE(slices.named("ping"), 1U);
  EXPECT_GE(slices.named("pong"), 1U);
  for (const Json& event : slices.events) {
    if (event.at("ph") != "X") continue;
    EXPECT_GE(event.at("ts").get<double>(), 0);
    EXPECT_GE(event.at("dur").get<double>(), 0);
    EXPECT_LE(event.at("tid").get<unsigned>(), 2U);
    if (event.at("name") == "ping") {
      EXPECT_EQ(event.at("args").at("troop"), "the \"troop\"");
    }
  }
}

// Each who blocks its carrier until the last has come, so that all but one run on spares.
TEST(Recording, tellsWhatRunsOnSpares) {
  constexpr unsigned blocked = 4;
  Process process({.carriers = 1, .carriersMax = 1, .sparesMax = blocked});
  const Recording recording(process);
  const Ref<Troop> troop = process.troop({.name = "blocks"});
  std::latch all(blocked);
  std::vector<Ref<Thread>> threads;
  for (unsigned i = 0; i < blocked; ++i) {
    threads.push_back(troop->thread(
        {.name = "blocked"}, [](std::latch* last) { last->arrive_and_wait(); },
        assumeSendable(&all)));
  }
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  std::set<unsigned> rows;
  for (const Json& event : Slices(recording).events) {
    if (event.at("ph") == "X" && event.at("name") == "blocked")
      rows.insert(event.at("tid").get<unsigned>());
  }
  EXPECT_EQ(rows.size(), blocked);
}

TEST(Recording, drawsArrowsFromWhoWakes) {
  Process process({.carriers = 1});
  const Recording recording(process, {.times = Times::ofAll});
  pingPong(process);
  std::map<unsigned, std::pair<double, double>> arrows;
  for (const Json& event : Slices(recording).events) {
    if (event.at("ph") == "s") arrows[event.at("id")].first = event.at("ts");
    if (event.at("ph") == "f") arrows[event.at("id")].second = event.at("ts");
  }
  EXPECT_GE(arrows.size(), static_cast<std::size_t>(messages / 2));
  for (const auto& [id, ends] : arrows) EXPECT_LE(ends.first, ends.second);
}

TEST(Recording, namesThoseThatWereThereBefore) {
  Process process({.carriers = 1});
  const Ref<Thread> service = process.root().serviceThread("service");
  std::atomic<int> served{0};
  const auto serve = [&] {
    ASSERT_TRUE(service->post([](std::atomic<int>* count) { count->fetch_add(1); },
                              assumeSendable(&served)));
  };
  serve();
  while (served.load() == 0) std::this_thread::yield();
  const Recording recording(process);
  serve();
  service->close();
  EXPECT_TRUE(service->join());
  EXPECT_GE(Slices(recording).named("service"), 1U);
}

TEST(Recording, isEmptyBeforeAnythingRuns) {
  Process process({.carriers = 1});
  const Recording recording(process);
  const Slices slices(recording);
  for (const Json& event : slices.events) EXPECT_EQ(event.at("ph"), "M");
}

TEST(Recording, beginsAnew) {
  Process process({.carriers = 1});
  {
    const Recording recording(process);
    pingPong(process);
  }
  pingPong(process);
  const Recording again(process);
  EXPECT_EQ(Slices(again).named("ping"), 0U);
}

TEST(Recording, isOneAtATime) {
  Process process({.carriers = 1});
  const Recording recording(process);
  EXPECT_THROW(Recording{process}, Error);
  Process another({.carriers = 1});
  EXPECT_NO_THROW(Recording{another});
}

TEST(Recording, refusesSizesOutOfRange) {
  Process process({.carriers = 1});
  for (const std::size_t events : {0UL, 63UL, 100UL, 1UL << 25}) {
    EXPECT_THROW(Recording(process, {.eventsOfEach = events}), Error) << events;
  }
  EXPECT_NO_THROW(Recording(process, {.eventsOfEach = 64}));
}

TEST(Recording, isReadWhileThingsHappen) {
  Process process({.carriers = 2});
  const Recording recording(process, {.eventsOfEach = 256});
  std::atomic<bool> ends{false};
  std::thread reads([&] {
    while (!ends.load()) EXPECT_TRUE(Json::accept(recording.perfetto()));
  });
  for (int i = 0; i < 20; ++i) pingPong(process);
  ends.store(true);
  reads.join();
}

TEST(Recording, comesAndGoesWhileThingsHappen) {
  Process process({.carriers = 2});
  std::atomic<bool> ends{false};
  std::thread records([&] {
    while (!ends.load()) {
      const Recording recording(process, {.eventsOfEach = 256});
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20; ++i) pingPong(process);
  ends.store(true);
  records.join();
}

}  // namespace
}  // namespace trace
}  // namespace troop
