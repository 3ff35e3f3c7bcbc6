// A Task that is a C++20 coroutine: it needs no stack of its own while it waits. Its code runs on
// the carrier's stack, between two co_awaits.
//
// What it awaits (runtime/async/) suspends it with suspend() and asks resumed() how that ended. It
// cannot wait in a plain call: there it is told `cancelled`, or gets Error (failed) where nothing
// unwinds.
//
// Ownership: its Thread, like every Task; it owns the frame of the coroutine it was started with,
// which is destroyed while it still runs, so that destructors of its parameters are its own code.
// Threads: as runtime/sched/control-block.h says.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>

#include "runtime/base/blocks.h"
#include "runtime/sched/control-block.h"

namespace [[gnu::visibility("hidden")]] troop {

class CoroutineTask final : public Task {
 public:
  // Takes over `root`, which is suspended at its start.
  CoroutineTask(Thread& thread, unsigned id, std::coroutine_handle<> root, Scope& parent);
  ~CoroutineTask() override;
  CoroutineTask(const CoroutineTask&) = delete;
  CoroutineTask& operator=(const CoroutineTask&) = delete;
  // Charged to the troop, like frames.
  static void* operator new(std::size_t bytes);
  static void operator delete(void* task, std::size_t bytes) noexcept;

  // Throws Error (failed) where the caller is none.
  static CoroutineTask& ofCaller();

  bool ended() const noexcept override { return root_ == nullptr; }

  // Leaves the wait that was begun to others, and goes on at `leaf` when it has ended. False: it
  // has ended already.
  bool suspend(std::coroutine_handle<> leaf, Time deadline, Interruption interruption);
  // Of something that is there already: whether `leaf` has to give way nevertheless.
  bool passBy(const char* what, std::coroutine_handle<> leaf) noexcept;
  // How the wait has ended, at `leaf`.
  WaitResult resumed() noexcept;
  // Goes on at `leaf` when others have had their turn.
  void pause(std::coroutine_handle<> leaf) noexcept;
  // The root has come to its end.
  void finish(std::exception_ptr failure) noexcept { setFailure(std::move(failure)); }

  // While it does not run: where it goes on, null before it has begun, and what that was called
  // by in the end, null once it has ended.
  std::coroutine_handle<> leaf() const noexcept { return leaf_; }
  std::coroutine_handle<> root() const noexcept { return root_; }

  bool mayPark() const noexcept override { return false; }
  WaitResult park(Time deadline, Interruption interruption) override;
  WaitResult conclude(WaitResult result, Time deadline) override;
  void yield() noexcept override {}
  void giveWay() noexcept override {}

 private:
  void run() noexcept override;
  void destroyRoot() noexcept;
  Timer& timer() override;

  class Deadline final : public Timer, public InBlock {
   public:
    explicit Deadline(CoroutineTask& task) : task_(task) {}

   private:
    void due() noexcept override { task_.timeOut(); }
    CoroutineTask& task_;
  };

  int errno_ = 0;                 // of its code, while that does not run; here it takes no room
  std::coroutine_handle<> root_;  // null when it has ended
  std::coroutine_handle<> leaf_;  // where it goes on; null before it has begun
  std::unique_ptr<Deadline> timer_;
};

}  // namespace troop
