#include "runtime/sched/current.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/stack/fiber.h"

namespace troop {
namespace {

constexpr int rounds = 4;

// A fiber that asks, each time it goes on, where it is. The questions stand in one loop, without
// anything between them that a compiler would fear: where it could see the thread-local variable,
// it would ask for its address once.
class Traveller {
 public:
  Traveller()
      : fiber_(makeRef<StackPool>(StackPool::Options{.stacksPerSlab = 1})->acquire().value(),
               &Traveller::enter, this) {}

  // Goes on with the fiber on the calling OS thread; returns where it found itself.
  Current* visit() {
    fiber_.resume();
    return found_;
  }

 private:
  static void enter(void* self) noexcept { static_cast<Traveller*>(self)->travel(); }

  void travel() noexcept {
    for (int round = 0; round < rounds; ++round) {
      found_ = current();
      fiber_.suspend();
    }
  }

  Current* found_ = nullptr;
  Fiber fiber_;
};

TEST(Current, isNullOnOsThreadsThatAreNoCarriers) {
  EXPECT_EQ(current(), nullptr);
  Current here;
  setCurrent(&here);
  std::thread([] { EXPECT_EQ(current(), nullptr); }).join();
  EXPECT_EQ(current(), &here);
  setCurrent(nullptr);
  EXPECT_EQ(current(), nullptr);
}

TEST(Current, isThatOfTheOsThreadAfterAMove) {
  Traveller traveller;
  Current here;
  setCurrent(&here);
  for (int round = 0; round < rounds / 2; ++round) {
    EXPECT_EQ(traveller.visit(), &here);
    std::thread([&] {
      Current there;
      setCurrent(&there);
      EXPECT_EQ(traveller.visit(), &there);
    }).join();
  }
  traveller.visit();  // to its end
  setCurrent(nullptr);
}

TEST(Current, thatIsSetOnAFiberBelongsToTheOsThreadWhereItIsSet) {
  struct Setter {
    Current values[2];
    Fiber fiber;
    Setter()
        : fiber(makeRef<StackPool>(StackPool::Options{.stacksPerSlab = 1})->acquire().value(),
                &Setter::enter, this) {}
    static void enter(void* self) noexcept {
      auto* setter = static_cast<Setter*>(self);
      for (Current& value : setter->values) {
        setCurrent(&value);
        setter->fiber.suspend();
      }
    }
  } setter;
  setter.fiber.resume();
  EXPECT_EQ(current(), &setter.values[0]);
  std::thread([&] {
    setter.fiber.resume();
    EXPECT_EQ(current(), &setter.values[1]);
  }).join();
  EXPECT_EQ(current(), &setter.values[0]);
  setter.fiber.resume();
  setCurrent(nullptr);
}

}  // namespace
}  // namespace troop
