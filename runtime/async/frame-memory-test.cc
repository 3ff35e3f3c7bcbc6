#include "runtime/async/frame-memory.h"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

// Not inlined, where its frame may be a part of its caller's.
[[gnu::noinline]] Async<void> waiting() {
  co_await async::sleep(1h);
}

TROOP_TEST(FrameMemory, isChargedToTheTroopUntilTheFrameIsDestroyed) {
  const Ref<Budget> budget = Troop::current()->memory();
  const std::size_t before = budget->used();
  {
    const Async<void> frame = waiting();
    EXPECT_GT(budget->used(), before);
  }
  EXPECT_EQ(budget->used(), before);
}

void fill(Process& process, TroopOptions options) {
  const Ref<Troop> small = process.troop(std::move(options));
  const Ref<Thread> thread = small->thread({"fills"}, [] {
    try {
      Scope scope;
      for (;;) scope.async(waiting());
    } catch (const Error& error) {
      if (error.detail() != ErrorDetail::memory) throw;
    }
  });
  EXPECT_TRUE(thread->join());
  EXPECT_EQ(small->tasks(), 0u);
  small->kill(Error(ErrorKind::failed, "done"));
  EXPECT_EQ(small->memory()->used(), 0u);
}

TROOP_TEST(FrameMemory, beyondTheLimitIsRefusedAndNothingIsLost) {
  // What a Thread takes by itself differs by how the stacks are built.
  const Ref<Troop> other = Process::current()->troop({.name = "other"});
  const std::size_t thread =
      other->future({"tells"}, [] { return Troop::current()->memory()->used(); }).get().value();
  fill(*Process::current(), {.name = "small", .memoryBytesMax = thread + (std::size_t{16} << 10)});
}

TEST(FrameMemory, comesFromTheHeapOfATroopThatHasOne) {
  Process process({.carriers = 1});
  fill(process, {.name = "small", .memoryBytesMax = std::size_t{4} << 20, .heap = Heap::own});
}

TROOP_TEST(FrameMemory, goesBackToWhoseItIsWhereverItIsFreed) {
  const Ref<Troop> maker = Process::current()->troop({.name = "maker"});
  std::optional<Async<void>> carried;
  const Ref<Thread> thread = maker->thread(
      {"makes"}, [](std::optional<Async<void>>* out) { out->emplace(waiting()); },
      assumeSendable(&carried));
  EXPECT_TRUE(thread->join());
  EXPECT_GT(maker->memory()->used(), 0u);
  carried.reset();
  EXPECT_EQ(maker->memory()->used(), 0u);
}

TEST(FrameMemory, isForWhatRunsInATroop) {
  EXPECT_THROW(allocateFrame(64), Error);
}

}  // namespace
}  // namespace troop
