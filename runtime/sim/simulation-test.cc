#include "runtime/sim/simulation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sim/interleaving.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

// The order in which some Threads and Tasks take their steps.
std::string interleaving(std::uint64_t seed) {
  std::string trace;
  sim::run({.seed = seed}, [&] {
    Scope scope;
    for (char name = 'a'; name < 'e'; ++name) {
      scope.thread(
          [](char who, std::string* where) {
            for (int i = 0; i < 4; ++i) {
              *where += who;
              sleep(Duration(i));
            }
          },
          name, assumeSendable(&trace));
      scope.task([&trace, name] {
        for (int i = 0; i < 4; ++i) {
          trace += static_cast<char>(name - 'a' + 'A');
          yield();
        }
      });
    }
  });
  return trace;
}

TEST(Simulation, repeatsItselfFromItsSeed) {
  sim::sweep([](std::uint64_t seed) { EXPECT_EQ(interleaving(seed), interleaving(seed)); });
}

TEST(Simulation, takesOtherWaysWithOtherSeeds) {
  std::set<std::string> traces;
  for (std::uint64_t seed = 0; seed < 50; ++seed) traces.insert(interleaving(seed));
  EXPECT_GT(traces.size(), 45u);
}

TEST(Simulation, sleepsInVirtualTime) {
  sim::run({.seed = 1}, [] {
    const Time begun = now();
    sleep(1000h);
    EXPECT_GE(now() - begun, 1000h);
    EXPECT_LT(now() - begun, 1001h);
  });
}

TEST(Simulation, timePassesForThoseWhoWaitByYielding) {
  sim::run({.seed = 1}, [] {
    const Time until = after(1ms);
    while (now() < until) yield();
  });
}

TEST(Simulation, findsARaceThatNeedsACertainOrder) {
  std::uint64_t found = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    sim::run({.seed = seed}, [&] {
      int balance = 0;
      Scope scope;
      for (int i = 0; i < 2; ++i) {
        scope.task([&] {
          const int seen = balance;
          yield();
          balance = seen + 1;
        });
      }
      scope.join();
      if (balance != 2) ++found;
    });
  }
  EXPECT_GT(found, 0u);
  EXPECT_LT(found, 100u);
}

TEST(Simulation, namesWhatWaitsWhenNothingCanHappen) {
  try {
    sim::run({.seed = 7}, [] {
      auto [sender, receiver] = channel<int>(1);
      Scope scope;
      scope.thread({"reader"}, [](Receiver<int> in) { in.receive(); }, receiver);
      Event never;
      never.wait();
    });
    FAIL() << "it ended";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
    const std::string& reason = error.reason();
    EXPECT_NE(reason.find("deadlock (seed 7)"), std::string::npos) << reason;
    EXPECT_NE(reason.find("Task 1 of Thread 'main' of troop 'root' waits for an event"),
              std::string::npos)
        << reason;
    EXPECT_NE(
        reason.find("Task 1 of Thread 'reader' of troop 'root' waits for a value in a channel"),
        std::string::npos)
        << reason;
  }
}

using Lock = Monitor<int>;

// Enters one lock and then, inside, the other one.
void enterBoth(Lock outer, Lock inner) {
  outer.enter(
      [](int&, Lock other) {
        sim::interleavingPoint();
        other.enter([](int&) {});
      },
      inner);
}

TEST(Simulation, goesOnAfterWaitsThatNothingInterrupts) {
  int stoodStill = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    try {
      sim::run({.seed = seed}, [] {
        const Lock one = Lock::make(0);
        const Lock two = Lock::make(0);
        Scope scope;
        scope.thread({"there"}, enterBoth, one, two);
        scope.thread({"back"}, enterBoth, two, one);
      });
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
      EXPECT_NE(error.reason().find("Thread 'back' of troop 'root' waits for a place in a monitor"),
                std::string::npos)
          << error.reason();
      ++stoodStill;
    }
  }
  EXPECT_GT(stoodStill, 0);
  EXPECT_LT(stoodStill, 50);
}

TEST(Simulation, throwsWhatTheProgramThrows) {
  EXPECT_THROW(sim::run({}, [] { throw std::out_of_range("x"); }), std::out_of_range);
}

TEST(Simulation, endsWhatTheProgramLeftRunning) {
  sim::sweep([](std::uint64_t seed) {
    bool unwound = false;
    sim::run({.seed = seed}, [&] {
      Process::current()->root().thread(
          {"left"},
          [](bool* flag) {
            struct Mark {
              bool* flag;
              ~Mark() { *flag = true; }
            } const mark{flag};
            for (;;) sleep(1s);
          },
          assumeSendable(&unwound));
      sleep(10s);
    });
    EXPECT_TRUE(unwound);
  });
}

// Two Tasks of two Threads that yield; `extra` does something more in one of them.
void yielding(const std::function<void()>& extra) {
  Scope scope;
  for (const char* name : {"left", "right"}) {
    scope.thread(
        {name},
        [](const std::function<void()>* more) {
          yield();
          (*more)();
        },
        assumeSendable(&extra));
  }
}

TEST(Simulation, aProgramThatRepeatsPassesItsCheck) {
  for (const sim::Strategy& strategy :
       {sim::Strategy::random(), sim::Strategy::pct(3, 20), sim::Strategy::deviations({})}) {
    const sim::Ran ran = sim::check({.seed = 3, .strategy = strategy}, [] { yielding([] {}); });
    EXPECT_GT(ran.choices, 0u);
  }
}

TEST(Simulation, whatNoChoiceDecidesIsFoundAndNamed) {
  int runs = 0;
  try {
    sim::check({.seed = 3, .strategy = sim::Strategy::pct(2, 20)}, [&runs] {
      const bool isFirst = runs++ == 0;
      yielding([isFirst] {
        if (isFirst) sleep(1ms);
      });
    });
    FAIL() << "two runs that differ are the same";
  } catch (const Error& error) {
    const std::string& reason = error.reason();
    EXPECT_EQ(reason.find("not simulated (seed 3, pct:2:20): the same choices made another run"),
              0u)
        << reason;
    EXPECT_NE(reason.find("Thread 'left'"), std::string::npos) << reason;
    EXPECT_NE(reason.find("expected that"), std::string::npos) << reason;
  }
}

TEST(Simulation, aCheckThrowsWhatBothRunsThrew) {
  EXPECT_THROW(sim::check({}, [] { throw std::out_of_range("x"); }), std::out_of_range);
}

TEST(Simulation, tellsWhichFileWasOpenedOutsideOfIt) {
  const std::string name = "/troop-outside-of-a-run";
  const std::string path = testing::TempDir() + name;
  try {
    sim::check({}, [&path] {
      const std::ofstream file(path);
      sleep(1ms);
    });
    FAIL() << "nothing was told";
  } catch (const Error& error) {
    EXPECT_NE(error.reason().find(name), std::string::npos) << error.reason();
    EXPECT_EQ(error.kind(), ErrorKind::failed);
  }
  std::filesystem::remove(path);
}

TEST(Simulation, anOtherOsThreadThatWakesIsNamed) {
  try {
    sim::run({}, [] {
      Event event;
      Scope scope;
      scope.thread({"waits"}, [](Event* to) { to->wait(); }, assumeSendable(&event));
      sleep(1s);
      std::thread([&event] { event.set(); }).join();
      event.wait();
      sleep(1s);
    });
    FAIL() << "it was not noticed";
  } catch (const Error& error) {
    EXPECT_NE(error.reason().find("Thread 'waits' was woken by another OS thread"),
              std::string::npos)
        << error.reason();
  }
}

TEST(Simulation, isNotStartedByATask) {
  sim::run({}, [] { EXPECT_THROW(sim::run({}, [] {}), Error); });
}

TEST(Simulation, refusesANetworkAndADiskWithoutRoom) {
  EXPECT_THROW(sim::run({.network = {.roomBytes = 0}}, [] {}), Error);
  EXPECT_THROW(sim::run({.disk = {.sectorBytes = 0}}, [] {}), Error);
}

TEST(Simulation, callsTimersInOrder) {
  sim::run({.seed = 3}, [] {
    std::vector<int> calls;
    Process& process = *Process::current();
    for (const int i : {2, 3, 1}) {
      process.at(after(i * 1h), [&calls, i] { calls.push_back(i); });
    }
    sleep(4h);
    EXPECT_EQ(calls, (std::vector<int>{1, 2, 3}));
  });
}

}  // namespace
}  // namespace troop
