// An actor is a Task that does random things until it has had enough: starts others, waits for
// them, sends, receives, sleeps, fails, cancels and kills.
//
// Each wait without a deadline is for somebody who was started for it and lets go of what it holds
// when it ends, however that comes; so it ends unless a wake-up was lost. The exception is waiting
// for ever, where the world allows it.
//
//   startActor(world, troop, seed, 0);
#pragma once

#include <cstdint>

#include "runtime/ref.h"
#include "runtime/thread.h"
#include "runtime/troop.h"
#include "tests/chaos/world.h"

namespace troop::chaos {

// What an actor may do next.
enum class Action : unsigned char {
  yieldSomeTimes,
  sleepShortly,
  startTasks,
  startThreads,
  startElsewhere,
  gather,
  scatter,
  pingPong,
  awaitEvent,
  missADeadline,
  cancelWhatIsAround,
  sendToAll,
  receiveFromAll,
  service,
  joinSomebody,
  own,
  allocate,
  setTimer,
  startCoroutines,
  awaitCoroutine,
  selectFromAll,
  selectFromTwo,
  askForFuture,
  visitShelf,
  awaitGoods,
  doTraffic,
  doErrand,
  parkSomebody,
  shareStacks,
  killGroup,
  resizeCarriers,
  fail,
  failToWaitForEver,
  killSomebody,
  killItself,
};
inline constexpr std::size_t actions = static_cast<std::size_t>(Action::killItself) + 1;

inline constexpr unsigned actorDepthMax = 4;  // of those who are started by each other

// Throws what Troop::thread() throws.
Ref<Thread> startActor(World& world, const Ref<Troop>& troop, std::uint64_t seed, unsigned depth);

// In the calling Task, which was started in `around`.
void runActor(World& world, std::uint64_t seed, unsigned depth, Scope* around);

}  // namespace troop::chaos
